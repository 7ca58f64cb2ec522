import type { IncomingMessage } from 'node:http';

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
