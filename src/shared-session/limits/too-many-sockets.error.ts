import { RateLimitedError } from '../shared-session.errors.js';

/** When there may be room again. */
const ROOM_AFTER_MS = 5000;

/** A connection was refused, since there are as many as there may be. */
export class TooManySocketsError extends RateLimitedError {
  constructor() {
    super(ROOM_AFTER_MS, 'There are too many sockets of this session, its user or their address.');
  }
}
