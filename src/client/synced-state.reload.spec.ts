import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { LiveSession } from './live-session.js';
import { SyncedState, type SyncedStateOptions } from './synced-state.js';
import type { Change, Operation, Versioned } from './versioned.js';

const HOUR_MS = 3_600_000;

type Stored = Record<string, string>;

/** A storage as browsers have it, for texts of as many characters at most. */
function storageOf(most = Infinity): Readonly<Stored> {
  const methods = {
    getItem(this: Stored, key: string) {
      return this[key] ?? null;
    },
    setItem(this: Stored, key: string, value: string) {
      if (value.length > most) throw new Error('QuotaExceededError');
      this[key] = value;
    },
    removeItem(this: Stored, key: string) {
      Reflect.deleteProperty(this, key);
    },
  };
  return Object.create(methods) as Stored;
}

interface Page {
  readonly status?: 'live' | 'offline';
  readonly id?: string;
  readonly options?: Partial<SyncedStateOptions<Versioned, Operation, Change>>;
}

/** A page with a counter; `sent` are the operations that its server was sent and has applied. */
function openPage({ status = 'live', id = 'ada', options }: Page = {}) {
  const sent: string[] = [];
  const session = {
    socket: { on: () => undefined },
    subscribe: () => undefined,
    getSnapshot: () => ({ status, session: { principal: { kind: 'user', id } } }),
    ask(_: string, { operationId }: Operation) {
      if (status !== 'live') return Promise.reject(new Error('not connected'));
      sent.push(operationId);
      return Promise.resolve({ ok: true, data: { change: { version: 1, revision: '' } } });
    },
    poll: () => Promise.resolve({ ok: true, data: { version: 0, revision: '' } }),
  };
  // Only what it uses of a session.
  const counter = new SyncedState<Versioned, Operation, Change>(session as unknown as LiveSession, {
    name: 'counter',
    withChange: (_, { version, revision }) => ({ version, revision }),
    withOperation: (state) => state,
    ...options,
  });
  return { counter, sent };
}

function provide(name: 'localStorage' | 'addEventListener', value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

describe('a state whose page is loaded again', () => {
  let stored: Readonly<Record<string, string>>;
  const operationAt = (time: number) => {
    const hex = time.toString(16).padStart(12, '0');
    return { operationId: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000` };
  };

  beforeEach(() => {
    jest.useFakeTimers();
    stored = storageOf();
    provide('localStorage', stored);
  });

  afterEach(() => {
    jest.useRealTimers();
    Reflect.deleteProperty(globalThis, 'localStorage');
  });

  it('shows what was not sent before there is a connection, and sends it once and in order', async () => {
    const before = openPage({ status: 'offline' });
    for (const operationId of ['a', 'b']) void before.counter.apply({ operationId });

    const offline = openPage({ status: 'offline' });
    expect(offline.counter.getSnapshot().pending).toBe(2);
    const { counter, sent } = openPage();
    await jest.advanceTimersByTimeAsync(100);

    expect(sent).toEqual(['a', 'b']);
    expect(counter.getSnapshot().pending).toBe(0);
    expect(Object.keys(stored)).toEqual([]);
    expect(openPage().counter.getSnapshot().pending).toBe(0);
  });

  it('tells the application what became of each', async () => {
    void openPage({ status: 'offline' }).counter.apply({ operationId: 'a' });
    const told: unknown[] = [];

    openPage({
      options: {
        onRestored: ({ operationId }, settled) =>
          void settled.then(({ applied }) => told.push([operationId, applied])),
      },
    });
    await jest.advanceTimersByTimeAsync(100);

    expect(told).toEqual([['a', true]]);
  });

  it('sends nothing of another user, and keeps it for them', async () => {
    void openPage({ status: 'offline' }).counter.apply({ operationId: 'a' });

    const { counter, sent } = openPage({ id: 'grace' });
    await jest.advanceTimersByTimeAsync(100);

    expect(counter.getSnapshot().pending).toBe(0);
    expect(sent).toEqual([]);
    expect(openPage({ status: 'offline' }).counter.getSnapshot().pending).toBe(1);
  });

  it.each([
    ['by its id', () => operationAt(Date.now())],
    ['by when it was kept', () => ({ operationId: 'a' })],
  ])('refuses what is older than 23 h %s', async (_, made) => {
    void openPage({ status: 'offline' }).counter.apply(made());
    jest.setSystemTime(Date.now() + 23 * HOUR_MS + 1);
    const told: unknown[] = [];

    const onRestored = (_: Operation, settled: Promise<unknown>) =>
      void settled.then((each) => told.push(each));
    const { sent } = openPage({ options: { onRestored } });
    await jest.advanceTimersByTimeAsync(100);

    expect(told).toMatchObject([{ applied: false, error: { code: 'EXPIRED' } }]);
    expect(sent).toEqual([]);
    expect(Object.keys(stored)).toEqual([]);
  });

  it('keeps nothing where it is not to', () => {
    const { counter } = openPage({ status: 'offline', options: { keep: false } });

    void counter.apply({ operationId: 'a' });

    expect(counter.getSnapshot().pending).toBe(1);
    expect(Object.keys(stored)).toEqual([]);
  });

  it.each([
    ['is full', true, true, 10],
    ['has it', true, false, Infinity],
    ['is full, unless it was not to', false, false, 10],
  ])(
    'has the browser ask while something waits and the storage %s',
    (_, preventUnload, asks, most) => {
      provide('localStorage', storageOf(most));
      const page = new EventTarget();
      provide('addEventListener', page.addEventListener.bind(page));
      const { counter } = openPage({ status: 'offline', options: { preventUnload } });
      const leave = () => !page.dispatchEvent(new Event('beforeunload', { cancelable: true }));
      expect(leave()).toBe(false);

      void counter.apply({ operationId: 'a' });

      expect(leave()).toBe(asks);
      Reflect.deleteProperty(globalThis, 'addEventListener');
    },
  );
});
