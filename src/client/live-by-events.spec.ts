import { describe, expect, it } from '@jest/globals';
import type { SessionDescription } from '../shared-session/shared-session.contract.js';
import {
  INITIAL_MACHINE,
  type MachineEvent,
  type MachineState,
  type Step,
  step,
} from './live-session.machine.js';

const SESSION: SessionDescription = {
  principal: { kind: 'user', id: 'ada' },
  user: { id: 'ada' },
  handle: 'handle',
  node: 'a',
  idleExpiresAt: '2026-01-01T12:30:00.000Z',
  absoluteExpiresAt: '2026-01-01T13:00:00.000Z',
};
const READY: MachineEvent = { type: 'ready', session: SESSION, via: 'socket' };
const READY_BY_EVENTS: MachineEvent = { type: 'ready', session: SESSION, via: 'events' };
const SIGNED_OUT: MachineEvent = {
  type: 'ended',
  ended: { reason: 'signed-out', reconnect: 'after-login' },
};
/** A try of the socket that had no answer. */
const BLOCKED: MachineEvent = { type: 'refused', code: undefined };
const DISCONNECT = { type: 'disconnect' };
const backOff = (failures: number) => [DISCONNECT, { type: 'back-off', failures, fresh: false }];

/** What the last of the events leads to. */
function after(state: MachineState, event: MachineEvent, ...more: MachineEvent[]): Step {
  return more.reduce((last, next) => step(last.state, next), step(state, event));
}

const STARTED = after(INITIAL_MACHINE, { type: 'started' }).state;
const LIVE = after(STARTED, READY).state;
const BY_EVENTS = after(STARTED, BLOCKED, BLOCKED, BLOCKED, READY_BY_EVENTS).state;

describe('step, where no WebSocket gets through', () => {
  it('opens the stream of events when the third try in a row had no answer', () => {
    const [second, third] = [
      after(STARTED, BLOCKED, BLOCKED),
      after(STARTED, BLOCKED, BLOCKED, BLOCKED),
    ];

    expect(second.effects).toEqual(backOff(1));
    expect(third.effects).toEqual([...backOff(2), { type: 'open-events' }]);
  });

  it('takes an answer of the server for no sign that sockets are blocked', () => {
    const { effects } = after(STARTED, BLOCKED, BLOCKED, { type: 'refused', code: 'RATE_LIMITED' });

    expect(effects).toEqual(backOff(2));
  });

  it('stays live by events while the socket is tried, less and less often', () => {
    const { state, effects } = after(BY_EVENTS, BLOCKED);

    expect(state.snapshot).toMatchObject({ status: 'live', via: 'events' });
    expect(effects).toEqual([
      { type: 'drop-socket' },
      { type: 'back-off', failures: 3, fresh: false },
    ]);
    const { attempt } = state;
    expect(after(state, { type: 'waited', attempt, fresh: false }).effects).toEqual([
      { type: 'connect' },
    ]);
  });

  it('goes back to the socket, and forgets its tries', () => {
    const { state, effects } = after(BY_EVENTS, READY);

    expect(state).toMatchObject({ failures: 0, snapshot: { status: 'live', via: 'socket' } });
    expect(effects).toEqual([{ type: 'close-events' }]);
  });

  it('closes a stream that comes when the socket is there', () => {
    const { state, effects } = after(LIVE, READY_BY_EVENTS);

    expect(state).toBe(LIVE);
    expect(effects).toEqual([{ type: 'close-events' }]);
  });

  it('is offline when the stream breaks, and opens it again when the socket was tried', () => {
    const lost = after(BY_EVENTS, { type: 'events-lost' });

    expect(lost.state.snapshot).toMatchObject({ status: 'offline', via: null });
    expect(after(lost.state, BLOCKED).effects).toContainEqual({ type: 'open-events' });
    expect(after(LIVE, { type: 'events-lost' }).state).toBe(LIVE);
  });

  it.each<[string, MachineEvent]>([
    ['the session ends', SIGNED_OUT],
    ['it is closed', { type: 'closed' }],
    ['the machine wakes', { type: 'woken', reason: 'awake' }],
  ])('lets go of the stream when %s', (_, event) => {
    const { state, effects } = after(BY_EVENTS, event);

    expect(state.snapshot.via).toBeNull();
    expect(effects[0]).toEqual(DISCONNECT);
  });
});
