import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { GlobalRegistrator } from '@happy-dom/global-registrator';
import type * as Library from '@testing-library/react/pure.js';
import { createElement, type ReactNode, StrictMode } from 'react';
import { connectSession, type LiveSession, SyncedState } from '../index.js';
import {
  SessionProvider,
  useConnection,
  useExpiry,
  useLive,
  useSession,
  useSynced,
} from './index.js';

const DESCRIPTION = {
  principal: { kind: 'user', id: 'ada' },
  user: { id: 'ada', name: 'Ada' },
  handle: 'handle',
  node: 'alpha',
  idleExpiresAt: '2026-01-01T12:30:00.000Z',
  absoluteExpiresAt: '2026-01-01T13:00:00.000Z',
};

let library: typeof Library;

/** What a server would send to this session. */
function receive(session: LiveSession, event: string, payload: unknown): void {
  library.act(() => {
    for (const listener of session.socket.listeners(event)) listener(payload);
  });
}

describe('the React hooks', () => {
  const sessions: LiveSession[] = [];
  let asked: number;

  beforeAll(async () => {
    GlobalRegistrator.register({ url: 'http://127.0.0.1:9/' });
    // Looks for the page when it is loaded.
    library = await import('@testing-library/react/pure.js');
  });

  afterEach(() => {
    library.cleanup();
    for (const session of sessions.splice(0)) session.close();
  });

  afterAll(async () => {
    await GlobalRegistrator.unregister();
  });

  /** A session whose server does not answer, as `receive` is to tell what it says. */
  function connect(): LiveSession {
    asked = 0;
    const session = connectSession({
      fetch: () => {
        asked += 1;
        return new Promise<never>(() => undefined);
      },
    });
    sessions.push(session);
    return session;
  }

  /** What a hook gives, under StrictMode, whose every effect runs twice. */
  function follow<Result>(session: LiveSession, hook: () => Result) {
    const wrapper = ({ children }: { children: ReactNode }) =>
      createElement(StrictMode, null, createElement(SessionProvider, { session }, children));
    return library.renderHook(hook, { wrapper });
  }

  it('give who this is, as it changes', () => {
    const session = connect();
    const { result } = follow(session, () => useSession<{ id: string; name: string }>());
    expect(result.current).toMatchObject({ session: null, user: null, ended: null });
    const { refresh } = result.current;

    receive(session, 'session:ready', DESCRIPTION);
    expect(result.current.user?.name).toBe('Ada');
    receive(session, 'session:ended', { reason: 'revoked', reconnect: 'after-login' });

    expect(result.current.ended).toBe('revoked');
    expect(result.current.refresh).toBe(refresh);
  });

  it('give how the tab is connected', () => {
    const session = connect();
    const { result } = follow(session, useConnection);
    expect(result.current).toEqual({
      status: 'connecting',
      via: null,
      degraded: false,
      node: null,
    });

    receive(session, 'session:ready', DESCRIPTION);

    expect(result.current).toEqual({
      status: 'live',
      via: 'socket',
      degraded: false,
      node: 'alpha',
    });
  });

  it('give when the session ends, and that it goes on after all', () => {
    const session = connect();
    const { result } = follow(session, useExpiry);
    receive(session, 'session:ready', DESCRIPTION);
    receive(session, 'session:expiring', { reason: 'idle', inMs: 1000 });
    expect(result.current).toMatchObject({
      expiring: { reason: 'idle' },
      idleExpiresAt: Date.parse(DESCRIPTION.idleExpiresAt),
      absoluteExpiresAt: Date.parse(DESCRIPTION.absoluteExpiresAt),
    });

    const { absoluteExpiresAt } = DESCRIPTION;
    receive(session, 'session:extended', { idleExpiresAt: absoluteExpiresAt, absoluteExpiresAt });

    expect(result.current.expiring).toBeNull();
    expect(result.current.idleExpiresAt).toBe(Date.parse(absoluteExpiresAt));
  });

  it('call the latest handler once for each event, and none when the component is gone', () => {
    const session = connect();
    const heard: string[] = [];
    let name = 'first';
    const { rerender, unmount } = follow(session, () => {
      const by = name;
      useLive('shipped', (order: number) => heard.push(`${by} ${String(order)}`));
    });
    receive(session, 'shipped', 1);
    name = 'second';
    rerender();
    receive(session, 'shipped', 2);

    unmount();

    expect(heard).toEqual(['first 1', 'second 2']);
    expect(session.socket.hasListeners('shipped')).toBe(false);
  });

  it('give a state in step', async () => {
    const session = connect();
    const counter = new SyncedState(session, {
      name: 'counter',
      withChange: (state) => state,
      withOperation: (state) => state,
      keep: false,
    });
    const { result } = follow(session, () => useSynced(counter));
    expect(result.current).toEqual({ state: null, pending: 0 });

    library.act(() => void counter.apply({ operationId: 'a' }));
    expect(result.current.pending).toBe(1);
    await library.act(async () => {
      session.close();
      await Promise.resolve();
    });

    expect(result.current.pending).toBe(0);
  });

  it('connect no more than the session does, and leave nothing behind', () => {
    const session = connect();
    const { subscribe } = session;
    let following = 0;
    jest.spyOn(session, 'subscribe').mockImplementation((listener) => {
      const stop = subscribe(listener);
      following += 1;
      return () => {
        following -= 1;
        stop();
      };
    });
    const { unmount } = follow(session, () => [useSession(), useConnection(), useExpiry()]);

    expect(following).toBe(3);

    unmount();

    expect(following).toBe(0);
    expect(asked).toBe(1);
    expect(session.getSnapshot().status).toBe('connecting');
  });

  it('say what is missing where no session is provided', () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => undefined);

    expect(() => library.renderHook(useSession)).toThrow('no <SessionProvider>');
    log.mockRestore();
  });
});
