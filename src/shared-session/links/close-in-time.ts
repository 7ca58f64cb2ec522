import type { Socket } from 'socket.io';

/** What a client has for taking what it was told last. */
export const FAREWELL_MS = 1000;

/**
 * Closes a connection once what was sent has left, and after 1 s in any case: engine.io alone would wait for a client
 * that does not read until its next ping times out.
 */
export function closeInTime(connection: Socket['conn']): void {
  connection.close();
  setTimeout(() => {
    if (connection.readyState !== 'closed') connection.close(true);
  }, FAREWELL_MS).unref();
}
