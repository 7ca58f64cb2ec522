import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connectSession } from './live-session.js';
import { SyncedState } from './synced-state.js';

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

  it('does nothing where there is no page, as on a server that renders one', async () => {
    const session = connectSession();
    const counter = new SyncedState(session, {
      name: 'counter',
      withChange: (state) => state,
      withOperation: (state) => state,
    });

    await session.refresh();

    expect(session.getSnapshot()).toBe(session.getServerSnapshot());
    expect(session.getServerSnapshot()).toMatchObject({ status: 'connecting', session: null });
    expect(counter.getServerSnapshot()).toEqual({ state: null, pending: 0 });
    expect(await session.extend()).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
    session.close();
    expect(session.getSnapshot().status).toBe('closed');
  });

  it('renders on a server what it was at the beginning, whatever it is by now', () => {
    const session = connectSession(NOWHERE);

    session.close();

    expect(session.getServerSnapshot().status).toBe('connecting');
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
