export type {
  CartChange,
  CartLine,
  CartOperation,
  CartResult,
  CartSnapshot,
} from '../server/cart/cart.contract.js';
export type { ErrorBody, SessionDescription } from '../shared-session/shared-session.contract.js';
export { type CartState, LiveCart } from './live-cart.js';
export { connectSession, type ConnectOptions, LiveSession } from './live-session.js';
export { operationTime } from './operation-id.js';
export type { Refusal, Settled } from './operation-queue.js';
export type { SessionState } from './session-state.js';
