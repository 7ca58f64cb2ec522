import type { Socket } from 'socket.io';
import type { CloseReason } from '../session/end-reason.js';
import { closeInTime } from './close-in-time.js';
import { endedMessage } from './ended-message.js';

/** Tells sockets why, and then lets go of them. */
export function closeSockets(sockets: readonly Socket[], reason: CloseReason): void {
  // All are told before the first goes: two namespaces of one connection go together.
  for (const socket of sockets) socket.emit('session:ended', endedMessage(reason));
  for (const socket of sockets) {
    if (reason !== 'draining') {
      // One that is not in yet is refused by its handshake.
      if (!socket.connected && !isTurnedAway(socket)) continue;
      // Socket.IO's clients come back by themselves when the transport closes. Here they should not.
      socket.disconnect();
    }
    closeInTime(socket.conn);
  }
}

/**
 * Whether a socket was let in here, and then refused by middleware of the application's own: Socket.IO takes it out of its
 * rooms and tells nobody.
 */
export function isTurnedAway({ data, connected, rooms }: Socket): boolean {
  const wasLetIn = (data as { handle?: unknown }).handle !== undefined;
  return wasLetIn && !connected && rooms.size === 0;
}
