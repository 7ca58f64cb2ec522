import type { IncomingMessage } from 'node:http';
import type { ClientNetworks } from '../limits/client-networks.js';
import type { HandshakeLimits } from '../limits/handshake-limits.js';
import { toErrorBody } from '../error-body.js';
import { RateLimitedError } from '../shared-session.errors.js';
import { answerUpgrade } from './answer-upgrade.js';
import { createRefusalLog } from './refusal-log.js';

/**
 * Makes an engine middleware that answers an upgrade with 429 where its address has tried too often: before the connection is
 * a WebSocket, and before its session is looked for. A browser does not show its page that status; the page's client sees a
 * connection that failed, and backs off.
 */
export function limitHandshakes(
  limits: HandshakeLimits,
  addresses: ClientNetworks,
): (request: IncomingMessage, response: unknown, next: () => void) => void {
  const logRefusal = createRefusalLog(
    (address) => `Refused handshakes of ${address}, which connects too often`,
  );
  return function limitHandshake(request, _, next) {
    if (request.headers.upgrade === undefined) {
      next();
      return;
    }
    const { socket } = request;
    const address = addresses.of(request);
    // Node has no listener on a connection that is being upgraded: one that is reset would end the process.
    const giveUp = (): void => {
      socket.destroy();
    };
    socket.on('error', giveUp);
    void limits.take(address).then((waitMs) => {
      socket.off('error', giveUp);
      if (socket.destroyed) return;
      if (waitMs === 0) {
        next();
        return;
      }
      logRefusal(address);
      const retryAfter = String(Math.ceil(waitMs / 1000));
      answerUpgrade(socket, {
        status: '429 Too Many Requests',
        headers: [`Retry-After: ${retryAfter}`],
        error: toErrorBody(new RateLimitedError(waitMs)),
      });
    });
  };
}
