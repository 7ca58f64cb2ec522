import { shortName } from './short-name.js';

/**
 * The public name of a session: the first 22 characters of base64url(SHA-256(sid)), 132 bits.
 * The id itself is a bearer secret; only its handle may appear in a log, a room name or a message.
 */
export function sessionHandle(sid: string): string {
  return shortName(sid);
}

/** The room of a session's sockets. */
export function sessionRoom(handle: string): string {
  return `session:${handle}`;
}
