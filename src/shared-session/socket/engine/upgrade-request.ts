import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'socket.io';

const responses = new WeakMap<IncomingMessage, Partial<ServerResponse>>();

/** Engine middleware: notes the stand-in response that engine.io makes for an upgrade. */
export function rememberUpgradeResponse(
  request: IncomingMessage,
  response: Partial<ServerResponse>,
  next: () => void,
): void {
  responses.set(request, response);
  next();
}

/**
 * Lets go of the upgrade request once its socket is connected: it is needed no longer, it holds the
 * cookie, and it is a quarter of an idle connection's memory. engine.io would keep it, by three
 * ways, for as long as the connection lives.
 *
 * @see https://github.com/socketio/engine.io the stand-in response listens on the TCP socket since 6.6.12
 */
export function releaseUpgradeRequest(socket: Socket): void {
  const { conn, handshake } = socket;
  const request = conn.request as IncomingMessage | null;
  if (!request) return;
  const response = responses.get(request) as { req: unknown } | undefined;
  if (response) response.req = null;
  const held = conn as unknown as { request: unknown; transport: { req: unknown } };
  held.request = null;
  held.transport.req = null;
  delete handshake.headers.cookie;
}
