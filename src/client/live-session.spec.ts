import { describe, expect, it, jest } from '@jest/globals';
import { connectSession } from './live-session.js';

const NOWHERE = { url: 'http://127.0.0.1:9', fetch: () => new Promise<never>(() => undefined) };

describe('LiveSession', () => {
  it('keeps no timer when it is closed, and stays closed', async () => {
    jest.useFakeTimers();
    const session = connectSession(NOWHERE);

    session.close();
    await session.refresh();

    expect(session.getSnapshot().status).toBe('closed');
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});
