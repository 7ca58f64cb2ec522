import { describe, expect, it } from '@jest/globals';
import type { SessionDescription } from '../shared-session/shared-session.contract.js';
import {
  INITIAL_MACHINE,
  type MachineEvent,
  type MachineState,
  type Step,
  step,
} from './live-session.machine.js';
import type { SessionState } from './session-state.js';

const MINUTE_MS = 60_000;
const NOW = Date.parse('2026-01-01T12:00:00.000Z');
const inMinutes = (minutes: number) => new Date(NOW + minutes * MINUTE_MS).toISOString();

const SESSION: SessionDescription = {
  principal: { kind: 'user', id: 'ada' },
  user: { id: 'ada' },
  handle: 'handle',
  node: 'a',
  idleExpiresAt: inMinutes(30),
  absoluteExpiresAt: inMinutes(60),
};

const READY: MachineEvent = { type: 'ready', session: SESSION, via: 'socket' };
const BROKEN: MachineEvent = { type: 'disconnected' };
const UNKNOWN: MachineEvent = { type: 'refused', code: 'UNAUTHENTICATED' };
const SIGNED_OUT = ended('signed-out', 'after-login');
const REPLACED = ended('replaced', 'now', 250);

/** An end as a server tells it, perhaps a newer one. */
function ended(reason: string, reconnect: string, retryAfterMs = 0): MachineEvent {
  return { type: 'ended', ended: { reason, reconnect, retryAfterMs } } as MachineEvent;
}

function answered({ attempt }: MachineState, session: SessionDescription | null): MachineEvent {
  return { type: 'answered', attempt, session, now: NOW };
}

/** What the last of the events leads to. */
function after(state: MachineState, event: MachineEvent, ...more: MachineEvent[]): Step {
  return more.reduce((last, next) => step(last.state, next), step(state, event));
}

const STARTED = after(INITIAL_MACHINE, { type: 'started' }).state;
const LIVE = after(STARTED, answered(STARTED, SESSION), READY).state;
const IN: Readonly<Record<SessionState['status'], MachineState>> = {
  connecting: STARTED,
  live: LIVE,
  slowed: after(LIVE, ended('slow-down', 'now', 250)).state,
  offline: after(LIVE, BROKEN).state,
  ended: after(LIVE, SIGNED_OUT).state,
  closed: after(LIVE, { type: 'closed' }).state,
};

const DISCONNECT = { type: 'disconnect' };
const ASK_WHO = [DISCONNECT, { type: 'ask-who' }];
const CONNECT = [DISCONNECT, { type: 'connect' }];
const backOff = (failures: number, fresh: boolean) => [
  DISCONNECT,
  { type: 'back-off', failures, fresh },
];

describe('step', () => {
  it('asks who this is before it connects for the first time', () => {
    const started = after(INITIAL_MACHINE, { type: 'started' });
    const asked = after(started.state, answered(started.state, SESSION));

    expect(started.effects).toEqual(ASK_WHO);
    expect(asked.effects).toEqual([{ type: 'connect' }]);
    expect(asked.state.snapshot).toMatchObject({ status: 'connecting', session: SESSION });
  });

  it('is live when the server says so, and forgets what went wrong before', () => {
    const { state, effects } = after(LIVE, REPLACED, UNKNOWN, READY);

    expect(effects).toEqual([]);
    expect(state).toMatchObject({ failures: 0, cookieTries: 0 });
    expect(state.snapshot).toEqual({
      status: 'live',
      degraded: false,
      via: 'socket',
      session: SESSION,
      expiring: null,
      ended: null,
    });
  });

  it('shows a session that changed, and one that is about to end', () => {
    const session = { ...SESSION, user: { id: 'ada', roles: ['admin'] } };

    const { state, effects } = after(
      LIVE,
      { type: 'changed', session },
      { type: 'expiring', reason: 'idle', at: NOW },
    );

    expect(effects).toEqual([]);
    expect(state.snapshot).toMatchObject({ session, expiring: { reason: 'idle', at: NOW } });
  });

  it.each(['connecting', 'live', 'offline', 'ended'] as const)(
    'asks anew who this is when it is refreshed while %s',
    (status) => {
      const { state, effects } = after(IN[status], { type: 'refreshed' });

      expect(effects).toEqual(ASK_WHO);
      expect(state.snapshot).toMatchObject({ status: 'connecting', ended: null });
    },
  );

  it.each([
    ['signed-out', 'after-login', 'ended', []],
    ['revoked', 'after-login', 'ended', []],
    ['suspended', 'never', 'ended', []],
    ['expired', 'after-login', 'ended', []],
    ['replaced', 'now', 'connecting', [{ type: 'wait', ms: 250, fresh: false }]],
    ['draining', 'now', 'connecting', [{ type: 'wait', ms: 250, fresh: false }]],
    ['slow-down', 'now', 'slowed', [{ type: 'wait', ms: 250, fresh: false }]],
    ['invented-later', 'now', 'ended', []],
    ['draining', 'invented-later', 'ended', []],
    // No reason, but a property that every object has.
    ['toString', 'now', 'ended', []],
  ])('after %s, to come back %s, is %s', (reason, reconnect, status, next) => {
    const { state, effects } = after(LIVE, ended(reason, reconnect, 250));

    expect(state.snapshot).toMatchObject({ status, ended: reason, session: SESSION });
    expect(effects).toEqual([DISCONNECT, ...next]);
  });

  it('tries the cookie of a replaced session four times, and then asks who this is', () => {
    const refusals = [1, 2, 3, 4].map((times) =>
      after(LIVE, REPLACED, ...Array<MachineEvent>(times).fill(UNKNOWN)),
    );

    expect(refusals.map(({ effects }) => effects)).toEqual([
      backOff(0, false),
      backOff(1, false),
      backOff(2, false),
      backOff(3, true),
    ]);
  });

  it('expects no refusals after an end that left the cookie as it was', () => {
    const { state } = after(LIVE, REPLACED, ended('draining', 'now'), BROKEN, UNKNOWN);

    expect(state.snapshot).toMatchObject({ status: 'ended', ended: 'expired' });
  });

  it('has expired if its cookie is unknown after it was offline', () => {
    const { state, effects } = after(LIVE, BROKEN, UNKNOWN);

    expect(state.snapshot).toMatchObject({ status: 'ended', ended: 'expired' });
    expect(effects).toEqual([DISCONNECT]);
  });

  it.each([
    ['it knows of no session yet', after(STARTED, BROKEN).state, 1],
    ['nothing has failed since it asked', after(STARTED, answered(STARTED, SESSION)).state, 0],
  ])('asks who this is if its cookie is unknown and %s', (_, state, failures) => {
    const refused = after(state, UNKNOWN);

    expect(refused.effects).toEqual(backOff(failures, true));
    expect(refused.state.snapshot.status).toBe('offline');
  });

  it.each<[string, MachineEvent, boolean]>([
    ['the connection broke', BROKEN, false],
    ['no server was there', { type: 'refused', code: undefined }, false],
    ['the server was busy', { type: 'refused', code: 'UNAVAILABLE' }, false],
    ['it could not ask who this is', answered(STARTED, null), true],
  ])('tries again, later each time, when %s', (_, event, fresh) => {
    const once = after({ ...STARTED, failures: 1 }, event);

    expect(once.effects).toEqual(backOff(1, fresh));
    expect(once.state).toMatchObject({ failures: 2, snapshot: { status: 'offline', ended: null } });
  });

  it.each([
    [false, CONNECT],
    [true, ASK_WHO],
  ])('goes on when it has waited, and asks who this is first: %s', (fresh, effects) => {
    const { attempt } = IN.offline;

    expect(after(IN.offline, { type: 'waited', attempt, fresh }).effects).toEqual(effects);
  });

  it.each([
    ['connecting', 'online', []],
    ['connecting', 'session', ASK_WHO],
    ['live', 'online', [{ type: 'check-alive' }]],
    ['live', 'offline', [{ type: 'check-alive' }]],
    ['live', 'awake', [{ type: 'check-alive' }]],
    ['live', 'session', ASK_WHO],
    ['offline', 'online', CONNECT],
    ['offline', 'awake', CONNECT],
    ['offline', 'session', ASK_WHO],
    ['ended', 'online', []],
    ['ended', 'awake', []],
    ['ended', 'session', ASK_WHO],
  ] as const)('while %s, woken by %s, does %j', (status, reason, effects) => {
    expect(after(IN[status], { type: 'woken', reason }).effects).toEqual(effects);
  });

  it('connects again when the connection turns out to be dead', () => {
    const { state, effects } = after(LIVE, { type: 'silent', attempt: LIVE.attempt });

    expect(effects).toEqual(CONNECT);
    expect(state.snapshot).toMatchObject({ status: 'connecting', session: SESSION });
  });

  it.each<MachineEvent>([
    answered(STARTED, SESSION),
    answered(STARTED, null),
    { type: 'waited', attempt: STARTED.attempt, fresh: true },
    { type: 'silent', attempt: STARTED.attempt },
  ])('ignores what an earlier attempt brings: %j', (event) => {
    const { state } = after(STARTED, { type: 'refreshed' });

    expect(after(state, event)).toEqual({ state, effects: [] });
  });

  it.each<MachineEvent>([
    { type: 'started' },
    { type: 'refreshed' },
    { type: 'closed' },
    { type: 'woken', reason: 'session' },
    { type: 'waited', attempt: IN.closed.attempt, fresh: false },
    { type: 'active', now: NOW },
    READY,
    SIGNED_OUT,
    REPLACED,
    UNKNOWN,
    BROKEN,
    answered(IN.closed, SESSION),
  ])('is closed for good, whatever comes: %j', (event) => {
    expect(step(IN.closed, event).state).toBe(IN.closed);
    expect(step(IN.closed, event).effects).toEqual([]);
  });

  it('disconnects when it is closed', () => {
    const { state, effects } = after(LIVE, { type: 'closed' });

    expect(state.snapshot).toMatchObject({ status: 'closed', ended: null });
    expect(effects).toEqual([DISCONNECT]);
  });

  it.each([
    ['by all of the idle timeout', 10, 40],
    ['to its absolute end at most', 50, 60],
  ])('is prolonged by what the tab does, %s', (_, now, end) => {
    const { state, effects } = after(LIVE, { type: 'active', now: NOW + now * MINUTE_MS });

    expect(state.snapshot.session).toEqual({ ...SESSION, idleExpiresAt: inMinutes(end) });
    expect(effects).toEqual([]);
  });

  it.each([
    ['takes back', 'idle', null],
    ['keeps', 'absolute', { reason: 'absolute', at: NOW }],
  ] as const)('%s the warning of its %s end after activity', (_, reason, left) => {
    const { state } = after(
      LIVE,
      { type: 'expiring', reason, at: NOW },
      { type: 'active', now: NOW },
    );

    expect(state.snapshot.expiring).toEqual(left);
  });

  it('is degraded while the server keeps it waiting, and not on the next connection', () => {
    const waiting = after(LIVE, { type: 'kept-waiting', isLate: true }).state;
    expect(waiting.snapshot).toMatchObject({ status: 'live', degraded: true });

    const waited = after(waiting, { type: 'kept-waiting', isLate: false }).state;
    expect(waited.snapshot).toMatchObject({ status: 'live', degraded: false });
    expect(after(waiting, BROKEN).state.snapshot.degraded).toBe(false);
    expect(after(IN.offline, { type: 'kept-waiting', isLate: true }).state).toBe(IN.offline);
    expect(after(waiting, { type: 'kept-waiting', isLate: true }).state).toBe(waiting);
  });

  it('does not guess how long activity prolongs it before it has asked', () => {
    const { state } = after(INITIAL_MACHINE, READY);

    expect(after(state, { type: 'active', now: NOW }).state).toBe(state);
  });

  it('has no warning any more when it was extended', () => {
    const expiry = { idleExpiresAt: inMinutes(45), absoluteExpiresAt: inMinutes(60) };

    const { state } = after(
      LIVE,
      { type: 'expiring', reason: 'absolute', at: NOW },
      { type: 'extended', expiry },
    );

    expect(state.snapshot).toMatchObject({ session: { ...SESSION, ...expiry }, expiring: null });
  });
});
