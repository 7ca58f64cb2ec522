import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connectSession } from './live-session.js';

const NOWHERE = { url: 'http://127.0.0.1:9', fetch: () => new Promise<never>(() => undefined) };

describe('LiveSession', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('keeps no timer when it is closed, and stays closed', async () => {
    const session = connectSession(NOWHERE);

    session.close();
    await session.refresh();

    expect(session.getSnapshot().status).toBe('closed');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does nothing more when a listener closes it', async () => {
    const session = connectSession({ ...NOWHERE, fetch: () => Promise.reject(new Error('down')) });
    session.subscribe(() => {
      if (session.getSnapshot().status === 'offline') session.close();
    });

    await session.refresh();

    expect(session.getSnapshot().status).toBe('closed');
    expect(jest.getTimerCount()).toBe(0);
  });
});
