import type { Server } from 'socket.io';
import { createRefusalLog } from './refusal-log.js';

/** Logs that a client asked for a namespace which nobody has. Socket.IO refuses it, and tells only the client. */
export function logUnknownNamespaces(server: Server): void {
  const logRefusal = createRefusalLog(
    (name) =>
      `Refused the namespace ${name}, which no gateway has: clients ask for it by their URL's path`,
  );
  // Asked after all others, which are there before the first client.
  server.engine.once('connection', () => {
    server.of((name, _auth, next) => {
      logRefusal(name);
      next(null, false);
    });
  });
}
