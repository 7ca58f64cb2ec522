import type {
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
} from '../shared-session/shared-session.contract.js';
import { INITIAL_STATE, type SessionState } from './session-state.js';
import type { WakeReason } from './wake-up.js';

/** All that a live session knows. */
export interface MachineState {
  /** What the application sees of it. */
  readonly snapshot: SessionState;
  /** Rises with every new way taken; what an older one still brings is ignored. */
  readonly attempt: number;
  /** Tries that failed in a row. */
  readonly failures: number;
  /** Refusals to expect while the new cookie of a sign-in is on its way. */
  readonly cookieTries: number;
  /** The idle timeout, as the server's answers show it. */
  readonly idleMs: number;
}

/**
 * What happened. `fresh` means that the server is asked who this is before it is connected to; `now` and
 * `at` are in ms since the epoch.
 */
export type MachineEvent = Readonly<
  // What the application does; `active` says that the server took something that prolongs the session.
  | { type: 'started' | 'refreshed' | 'closed' }
  | { type: 'active'; now: number }
  | { type: 'extended'; expiry: SessionExpiry }
  // What the server says.
  | { type: 'ready'; session: SessionDescription; via: 'socket' | 'events' }
  | { type: 'changed'; session: SessionDescription }
  | { type: 'expiring'; reason: SessionExpiring['reason']; at: number }
  | { type: 'ended'; ended: SessionEnded }
  // What becomes of the connection.
  | { type: 'refused'; code: string | undefined }
  | { type: 'disconnected' | 'events-lost' }
  | { type: 'woken'; reason: WakeReason }
  // What came of an effect in that attempt; the session is null if the server could not be asked.
  | { type: 'answered'; attempt: number; session: SessionDescription | null; now: number }
  | { type: 'waited'; attempt: number; fresh: boolean }
  | { type: 'silent'; attempt: number }
  // Whether answers are late, or say that the server cannot.
  | { type: 'kept-waiting'; isLate: boolean }
>;

/** What is to be done. */
export type Effect = Readonly<
  // `disconnect` ends the wait too, if there is one, and the stream of events, which `drop-socket` leaves open.
  | { type: 'disconnect' | 'drop-socket' | 'connect' | 'ask-who' | 'open-events' | 'close-events' }
  // Brings `silent` if no answer comes.
  | { type: 'check-alive' }
  | { type: 'wait'; ms: number; fresh: boolean }
  // A wait that is longer the more tries have failed.
  | { type: 'back-off'; failures: number; fresh: boolean }
>;

export interface Step {
  readonly state: MachineState;
  /** To be carried out in this order, until a later step begins another attempt. */
  readonly effects: readonly Effect[];
}

export const INITIAL_MACHINE: MachineState = {
  snapshot: INITIAL_STATE,
  attempt: 0,
  failures: 0,
  cookieTries: 0,
  idleMs: 0,
};

/** A newer server may have others: what they ask for is not known here. */
const KNOWN_REASONS: Readonly<Record<SessionEnded['reason'], true>> = {
  'signed-out': true,
  replaced: true,
  revoked: true,
  suspended: true,
  expired: true,
  draining: true,
  'slow-down': true,
};
/** How often a replaced session's cookie is tried before the server is asked who this is. */
const COOKIE_TRIES = 4;

/** After so many tries without an answer the network may let no socket through. */
const SOCKET_TRIES = 3;

/** Decides what a live session does next. Pure: `LiveSession` brings the events and carries out the effects. */
export function step(state: MachineState, event: MachineEvent): Step {
  const isStale = 'attempt' in event && event.attempt !== state.attempt;
  if (state.snapshot.status === 'closed' || isStale) return { state, effects: [] };
  switch (event.type) {
    case 'started':
    case 'refreshed':
      return connect(state, { fresh: true });
    case 'closed':
      return stop(state, { status: 'closed' });
    case 'active':
      return noteActivity(state, event.now);
    case 'extended':
      return extend(state, event.expiry);
    case 'ready':
      return welcome(state, event);
    case 'changed':
      return show(state, { session: event.session });
    case 'expiring':
      return show(state, { expiring: { reason: event.reason, at: event.at } });
    case 'ended':
      return end(state, event.ended);
    case 'refused':
      return refuse(state, event.code);
    case 'disconnected':
      return retry(state);
    case 'events-lost':
      return loseEvents(state);
    case 'woken':
      return wake(state, event.reason);
    case 'waited':
      return tryAgain(state, event);
    case 'silent':
      return connect(state);
    case 'kept-waiting':
      return keepWaiting(state, event.isLate);
    case 'answered':
      return connectAs(state, event.session, event.now);
  }
}

function connect(state: MachineState, { fresh = false } = {}): Step {
  return stop(state, { status: 'connecting' }, { type: fresh ? 'ask-who' : 'connect' });
}

function connectAs(state: MachineState, session: SessionDescription | null, now: number): Step {
  if (!session) return retry(state, { fresh: true });
  // Asking was activity, so all of the idle timeout is left.
  const idleMs = Date.parse(session.idleExpiresAt) - now;
  return show({ ...state, idleMs }, { session }, { type: 'connect' });
}

/** Tries of the socket go on while it is live by events, and are forgotten when one succeeds. */
function welcome(
  state: MachineState,
  { session, via }: Extract<MachineEvent, { type: 'ready' }>,
): Step {
  const close = { type: 'close-events' } as const;
  if (via === 'events' && state.snapshot.via === 'socket') return { state, effects: [close] };
  const failures = via === 'socket' ? 0 : state.failures;
  const changes = { status: 'live', via, session, expiring: null, ended: null } as const;
  const effects = via === 'socket' && isByEvents(state) ? [close] : [];
  return show({ ...state, failures, cookieTries: 0 }, changes, ...effects);
}

function isByEvents({ snapshot }: MachineState): boolean {
  return snapshot.via === 'events';
}

function loseEvents(state: MachineState): Step {
  if (!isByEvents(state)) return { state, effects: [] };
  return show(state, { status: 'offline', via: null });
}

/** By events it stays live while the socket is tried. */
function tryAgain(state: MachineState, { fresh }: { readonly fresh: boolean }): Step {
  return isByEvents(state) ? { state, effects: [{ type: 'connect' }] } : connect(state, { fresh });
}

function refuse(state: MachineState, code: string | undefined): Step {
  if (code === 'UNAUTHENTICATED') return unknown(state);
  const next = retry(state);
  const isBlocked = code === undefined && next.state.failures >= SOCKET_TRIES;
  if (!isBlocked || isByEvents(state)) return next;
  return { ...next, effects: [...next.effects, { type: 'open-events' }] };
}

function end(state: MachineState, { reason, reconnect, retryAfterMs = 0 }: SessionEnded): Step {
  // Not to come back by itself is the safe answer to what is not known.
  if (reconnect !== 'now' || !Object.hasOwn(KNOWN_REASONS, reason)) {
    return stop(state, { status: 'ended', ended: reason });
  }
  // With the cookie that the browser has by then. Asking GET /session would start a guest's session
  // if the sign-in's response were still on its way, and its cookie would undo the sign-in.
  const cookieTries = reason === 'replaced' ? COOKIE_TRIES : 0;
  const wait = { type: 'wait', ms: retryAfterMs, fresh: false } as const;
  const status = reason === 'slow-down' ? 'slowed' : 'connecting';
  return stop({ ...state, cookieTries }, { status, ended: reason }, wait);
}

/** The cookie is of no session, or there is none. */
function unknown(state: MachineState): Step {
  if (state.cookieTries > 0) {
    const cookieTries = state.cookieTries - 1;
    // After the last try: the sign-in's response was lost, cookie and all.
    return retry({ ...state, cookieTries }, { fresh: cookieTries === 0 });
  }
  // It was good when this tab was last connected.
  const isExpired = state.snapshot.session !== null && state.failures > 0;
  if (isExpired) return stop(state, { status: 'ended', ended: 'expired' });
  return retry(state, { fresh: true });
}

function wake(state: MachineState, reason: WakeReason): Step {
  const { status } = state.snapshot;
  if (reason === 'session') return connect(state, { fresh: true });
  // A stream says nothing of whether it is still there.
  if (status === 'offline' || isByEvents(state)) return connect(state);
  return { state, effects: status === 'live' ? [{ type: 'check-alive' }] : [] };
}

/** What this tab does prolongs the session, and nobody says so. */
function noteActivity(state: MachineState, now: number): Step {
  const { session, expiring } = state.snapshot;
  if (!session || state.idleMs === 0) return { state, effects: [] };
  const idleEnd = Math.min(now + state.idleMs, Date.parse(session.absoluteExpiresAt));
  return show(state, {
    session: { ...session, idleExpiresAt: new Date(idleEnd).toISOString() },
    expiring: expiring?.reason === 'idle' ? null : expiring,
  });
}

function extend(state: MachineState, expiry: SessionExpiry): Step {
  const { session } = state.snapshot;
  if (!session) return { state, effects: [] };
  return show(state, { session: { ...session, ...expiry }, expiring: null });
}

/** A connection that is gone by now keeps nobody waiting. */
function keepWaiting(state: MachineState, isLate: boolean): Step {
  const { status, degraded } = state.snapshot;
  if (status !== 'live' || degraded === isLate) return { state, effects: [] };
  return show(state, { degraded: isLate });
}

function retry(state: MachineState, { fresh = false } = {}): Step {
  const { failures } = state;
  const backOff = { type: 'back-off', failures, fresh } as const;
  const failed = { ...state, failures: failures + 1 };
  if (isByEvents(state) && !fresh) {
    const goesOn = { ...failed, attempt: state.attempt + 1 };
    return { state: goesOn, effects: [{ type: 'drop-socket' }, backOff] };
  }
  return stop(failed, { status: 'offline' }, backOff);
}

/** Ends the way that was taken so far; nothing of it is heard any more. */
function stop(state: MachineState, changes: Partial<SessionState>, ...next: Effect[]): Step {
  const stopped = { ...state, attempt: state.attempt + 1 };
  return show(
    stopped,
    { ended: null, degraded: false, via: null, ...changes },
    { type: 'disconnect' },
    ...next,
  );
}

function show(state: MachineState, changes: Partial<SessionState>, ...effects: Effect[]): Step {
  return { state: { ...state, snapshot: { ...state.snapshot, ...changes } }, effects };
}
