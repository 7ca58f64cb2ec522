import { ENDING_OPERATIONS } from './ending-operations.js';
import type { Operation } from './operation.js';
import { SESSION_OPERATIONS } from './session-operations.js';
import { SOCKET_OPERATIONS } from './socket-operations.js';

/** Everything that users do. */
export const OPERATIONS: readonly Operation[] = [
  ...SESSION_OPERATIONS,
  ...ENDING_OPERATIONS,
  ...SOCKET_OPERATIONS,
];
