import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';

/**
 * Whether a WebSocket upgrade comes from the server's own pages or from an allowed origin. CORS does
 * not cover WebSockets, so without this check any page could connect with its visitor's cookie
 * (cross-site WebSocket hijacking, ASVS 4.4.2, RFC 6455 section 10.2).
 *
 * A request without `Origin` does not come from a browser. `null`, the origin of sandboxed frames,
 * is never allowed.
 */
export function isAllowedOrigin(
  { headers }: Pick<IncomingMessage, 'headers'>,
  allowedOrigins: ReadonlySet<string>,
): boolean {
  const { origin, host } = headers;
  if (origin === undefined || allowedOrigins.has(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

const REFUSAL = JSON.stringify({
  error: { code: 'FORBIDDEN_ORIGIN', message: 'Connections from this origin are not allowed.' },
});

/**
 * Makes an engine middleware that answers an upgrade from any other origin with 403. Written to the
 * connection itself: engine.io's own refusals are always 400, and happen after other middleware.
 */
export function requireAllowedOrigin(
  allowedOrigins: ReadonlySet<string>,
): (request: IncomingMessage, response: unknown, next: () => void) => void {
  const logger = new Logger('Origin check');
  return function checkOrigin(request, _, next) {
    if (isAllowedOrigin(request, allowedOrigins)) {
      next();
      return;
    }
    const origin = JSON.stringify(request.headers.origin);
    logger.warn(`Refused a socket from ${origin}; allowedOrigins would have to list it`);
    refuse(request.socket);
  };
}

/**
 * Answers 403 and lets go of the connection, whatever the client does. Node takes its own `error`
 * listener off a socket at an upgrade: without one here, a client that resets the connection would end
 * the process, and one that never closes it would hold it for ever.
 */
function refuse(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.write(
    'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${String(Buffer.byteLength(REFUSAL))}\r\n\r\n${REFUSAL}`,
  );
  socket.destroySoon();
}
