import type { Socket } from 'socket.io';
import { closeInTime } from '../links/close-in-time.js';

/** How long a connection may be in no namespace, at first and later. */
export const CONNECT_TIMEOUT_MS = 5000;

/** How many namespaces each connection is in. */
const joined = new WeakMap<Socket['conn'], number>();

/**
 * Closes a socket's connection if it leaves its last namespace and has joined none 5 s later. Nobody would tell it
 * of its session's end.
 */
export function closeIfIdle(socket: Socket): void {
  const { conn } = socket;
  joined.set(conn, (joined.get(conn) ?? 0) + 1);
  socket.once('disconnect', () => {
    const left = (joined.get(conn) ?? 0) - 1;
    joined.set(conn, left);
    if (left > 0 || conn.readyState !== 'open') return;
    setTimeout(() => {
      if (joined.get(conn) === 0) closeInTime(conn);
    }, CONNECT_TIMEOUT_MS).unref();
  });
}
