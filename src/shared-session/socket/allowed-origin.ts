import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { answerUpgrade } from './answer-upgrade.js';
import type { TrustsProxy } from '../access/client-addresses.js';
import { createRefusalLog } from './refusal-log.js';

type Upgrade = Pick<IncomingMessage, 'headers'> & {
  readonly socket: Pick<Socket, 'remoteAddress'> & { readonly encrypted?: boolean };
};

/** By what a proxy calls the scheme: some call that of a WebSocket by its own name. */
const SCHEMES: Readonly<Record<string, string>> = {
  http: 'http',
  ws: 'http',
  https: 'https',
  wss: 'https',
};

/**
 * Whether a WebSocket upgrade comes from the server's own pages or from an allowed origin. CORS does
 * not cover WebSockets, so without this check any page could connect with its visitor's cookie
 * (cross-site WebSocket hijacking, ASVS 4.4.2, RFC 6455 section 10.2). Scheme, host and port count: a page that
 * somebody on the way has put at http:// is not the server's own at https://.
 *
 * A request without `Origin` does not come from a browser. `null`, the origin of sandboxed frames,
 * is never allowed.
 */
export function isAllowedOrigin(
  request: Upgrade,
  allowedOrigins: ReadonlySet<string>,
  trustsProxy: TrustsProxy,
): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || allowedOrigins.has(origin)) return true;
  return schemesOf(request, trustsProxy).some((scheme) => {
    const own = `${scheme}://${host ?? ''}`;
    return URL.canParse(own) && new URL(own).origin === origin;
  });
}

/** The scheme by which the client has asked, as Express tells it; both where a proxy may end TLS that nobody told us of. */
function schemesOf({ headers, socket }: Upgrade, trustsProxy: TrustsProxy): string[] {
  if (trustsProxy(socket.remoteAddress, 0)) {
    const [forwarded = ''] = String(headers['x-forwarded-proto'] ?? '').split(',', 1);
    const scheme = SCHEMES[forwarded.trim().toLowerCase()];
    if (scheme !== undefined) return [scheme];
  }
  return socket.encrypted ? ['https'] : ['http', 'https'];
}

/** What decides about the origin of an upgrade. */
export interface OriginCheck {
  readonly allowedOrigins: ReadonlySet<string>;
  readonly trustsProxy: TrustsProxy;
  readonly onRefused?: (request: IncomingMessage) => void;
}

/** Makes what asks whether an upgrade's origin is allowed, and logs one that is not. */
export function createOriginCheck({
  allowedOrigins,
  trustsProxy,
  onRefused = () => undefined,
}: OriginCheck): (request: IncomingMessage) => boolean {
  const logRefusal = createRefusalLog(
    (origin) => `Refused a socket from ${origin}; allowedOrigins would have to list it`,
  );
  return function hasAllowedOrigin(request) {
    if (isAllowedOrigin(request, allowedOrigins, trustsProxy)) return true;
    logRefusal(request.headers.origin ?? '');
    onRefused(request);
    return false;
  };
}

/**
 * Makes an engine middleware that answers an upgrade from any other origin with 403.
 */
export function requireAllowedOrigin(
  check: OriginCheck,
): (request: IncomingMessage, response: unknown, next: () => void) => void {
  const hasAllowedOrigin = createOriginCheck(check);
  return function checkOrigin(request, _, next) {
    if (hasAllowedOrigin(request)) {
      next();
      return;
    }
    answerUpgrade(request.socket, {
      status: '403 Forbidden',
      error: {
        code: 'FORBIDDEN_ORIGIN',
        message: 'Connections from this origin are not allowed.',
      },
    });
  };
}
