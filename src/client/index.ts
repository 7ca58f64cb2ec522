export type {
  Acknowledgement,
  ErrorBody,
  SessionDescription,
} from '../shared-session/shared-session.contract.js';
export type { ConnectOptions, EventsOptions } from './connect-options.js';
export { connectSession, LiveSession } from './live-session.js';
export { operationId, operationTime } from './operation-id.js';
export type { Refusal, Settled } from './operation-queue.js';
export type {
  AnswerOf,
  AnyEvents,
  AnySession,
  Asked,
  EventsOf,
  Listener,
  OwnEvents,
  PayloadOf,
  SessionEvent,
  Told,
} from './session-events.js';
export type { AnyUser, DescriptionOf, SessionState } from './session-state.js';
export { SyncedState, type SyncedStateOptions, type SyncedView } from './synced-state.js';
export type { Change, Operation, Versioned } from './versioned.js';
