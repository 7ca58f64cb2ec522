import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import type { Server, ServerOptions } from 'socket.io';
import { SessionIoAdapter } from '../shared-session/index.js';
import { AuditLog } from './audit/audit-log.js';
import { type HostCheck, WrongHostError } from './allowed-hosts.js';

const { code, message } = new WrongHostError();
const BODY = JSON.stringify({ error: { code, message } });
const REFUSAL =
  'HTTP/1.1 421 Misdirected Request\r\nConnection: close\r\nContent-Type: application/json\r\n' +
  `Content-Length: ${String(Buffer.byteLength(BODY))}\r\n\r\n${BODY}`;

/** The library's adapter, for sockets that ask for one of this server's hosts: no other middleware sees an upgrade. */
export class HostIoAdapter extends SessionIoAdapter {
  readonly #isAllowed: HostCheck;
  readonly #audit: AuditLog;

  constructor(app: INestApplication, isAllowed: HostCheck) {
    super(app);
    this.#isAllowed = isAllowed;
    this.#audit = app.get(AuditLog, { strict: false });
  }

  override createIOServer(port: number, options?: Partial<ServerOptions>): Server {
    const server = super.createIOServer(port, options);
    server.engine.use((request: IncomingMessage, _: unknown, next: () => void) => {
      if (this.#isAllowed(request.headers.host)) next();
      else {
        const address = request.socket.remoteAddress ?? null;
        this.#audit.note({ audit: 'handshake.refused', reason: code, address });
        refuse(request.socket);
      }
    });
    return server;
  }
}

/** Node has taken its own listener off: without one here, a client that resets the connection would end the process. */
function refuse(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.write(REFUSAL);
  socket.destroySoon();
}
