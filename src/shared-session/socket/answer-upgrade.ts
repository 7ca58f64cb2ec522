import type { Socket } from 'node:net';
import type { ErrorBody } from '../shared-session.contract.js';

/** What an upgrade is answered with. */
export interface UpgradeRefusal {
  /** With its reason phrase, such as `403 Forbidden`. */
  readonly status: string;
  /** Whole lines. */
  readonly headers?: readonly string[];
  readonly error: ErrorBody;
}

/**
 * Answers an upgrade with an error and lets go of the connection, whatever the client does. Node takes its own `error`
 * listener off a socket at an upgrade: without one here, a client that resets the connection would end
 * the process, and one that never closes it would hold it for ever. Written to the connection itself: engine.io's own
 * refusals are always 400.
 */
export function answerUpgrade(
  socket: Socket,
  { status, headers = [], error }: UpgradeRefusal,
): void {
  socket.on('error', () => socket.destroy());
  const body = JSON.stringify({ error });
  const lines = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json',
    ...headers,
    `Content-Length: ${String(Buffer.byteLength(body))}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}
