import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { LiveSession } from './live-session.js';
import { SyncedState } from './synced-state.js';
import type { Change, Operation, Versioned } from './versioned.js';

const EMPTY: Versioned = { version: 0, revision: '' };
const EARLY: Change = { version: 2, revision: 'r2', previousRevision: 'r1' };

interface Server {
  /** Of the session at the beginning. */
  readonly status?: 'live' | 'closed';
  /** By event; there is no answer to others. */
  readonly answers?: Readonly<Record<string, unknown>>;
}

/** A state on a session; `asked` are the events that the server was sent, polls with a question mark. */
function stateOn({ status = 'live', answers = {} }: Server = {}) {
  const listeners = new Map<string, (payload?: unknown) => void>();
  const asked: string[] = [];
  const answer = (event: string) =>
    event in answers
      ? Promise.resolve({ ok: true, data: answers[event] })
      : new Promise(() => undefined);
  let state: { status: string; session: null } = { status, session: null };
  const session = {
    socket: { on: listeners.set.bind(listeners) },
    subscribe: (listener: () => void) => listeners.set('state', listener),
    getSnapshot: () => state,
    ask: (event: string) => (asked.push(event), answer(event)),
    poll: (event: string) => (asked.push(`${event}?`), answer(event)),
  };
  // Only what it uses of a session.
  const synced = new SyncedState<Versioned, Operation, Change>(session as unknown as LiveSession, {
    name: 'counter',
    withChange: (_, { version, revision }) => ({ version, revision }),
    withOperation: (counter) => counter,
  });
  return {
    synced,
    asked,
    receive: (event: string, payload?: unknown) => listeners.get(event)?.(payload),
    close: () => {
      state = { ...state, status: 'closed' };
      listeners.get('state')?.();
    },
  };
}

describe('SyncedState', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('asks for the state at once when a connection is ready', () => {
    const { asked, receive } = stateOn();
    asked.length = 0;

    receive('connect');
    receive('session:ready');

    expect(asked).toEqual(['counter:get?']);
  });

  it('waits a random time of up to 2 s when the server tells every client to start over', () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.75);
    const { asked, receive } = stateOn();
    asked.length = 0;

    receive('session:ready');
    jest.advanceTimersByTime(1499);
    expect(asked).toEqual([]);
    jest.advanceTimersByTime(1);

    expect(asked).toEqual(['counter:get?']);
    random.mockRestore();
  });

  it.each([
    ['a gap of 200 ms', 200, EARLY],
    ['15 s', 15_000, undefined],
  ])('syncs after %s, which is no activity', async (_, ms, change) => {
    const { asked, receive } = stateOn({ answers: { 'counter:get': EMPTY } });
    await jest.advanceTimersByTimeAsync(0);
    asked.length = 0;

    if (change) receive('counter:changed', change);
    await jest.advanceTimersByTimeAsync(ms);

    expect(asked).toEqual(['counter:sync?']);
  });

  it.each([
    ['that it has', { version: 2, revision: 'r2', previousRevision: 'r1' }],
    ['that is older than what it has', { version: 1, revision: 'r1', previousRevision: '' }],
  ])('does not sync for a change %s', async (_, change) => {
    const counter = { version: 2, revision: 'r2' };
    const { synced, asked, receive } = stateOn({ answers: { 'counter:get': counter } });
    await jest.advanceTimersByTimeAsync(0);
    asked.length = 0;

    receive('counter:changed', change);
    await jest.advanceTimersByTimeAsync(1000);

    expect(asked).toEqual([]);
    expect(synced.getSnapshot().state).toEqual(counter);
  });

  it('asks again every 15 s until it has the state, which is no activity', async () => {
    const { asked } = stateOn();

    await jest.advanceTimersByTimeAsync(30_000);

    expect(asked).toEqual(['counter:get?', 'counter:get?', 'counter:get?']);
  });

  it('takes the state from an answer that says it is not up to date', async () => {
    const counter = { version: 3, revision: 'r3' };
    const answers = { 'counter:get': EMPTY, 'counter:sync': { upToDate: false, counter } };
    const { synced } = stateOn({ answers });

    await jest.advanceTimersByTimeAsync(15_000);

    expect(synced.getSnapshot().state).toEqual(counter);
  });

  it('refuses what waits when the session is closed, and keeps no timer', async () => {
    const { synced, receive, close } = stateOn({ answers: { 'counter:get': EMPTY } });
    const settled = synced.apply({ operationId: 'a' });
    await jest.advanceTimersByTimeAsync(0);
    receive('counter:changed', EARLY);
    receive('session:ready');

    close();

    expect(synced.getSnapshot().pending).toBe(0);
    expect(await settled).toMatchObject({ applied: false, error: { code: 'UNAVAILABLE' } });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('refuses everything on a session that is closed already, and keeps no timer', async () => {
    const { synced, asked } = stateOn({ status: 'closed' });

    expect(await synced.apply({ operationId: 'a' })).toMatchObject({ applied: false });
    expect(asked).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
