import type { IncomingMessage } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import type { Server, ServerOptions } from 'socket.io';
import { answerUpgrade, SessionIoAdapter } from '../shared-session/index.js';
import { AuditLog } from './audit/audit-log.js';
import { type HostCheck, WrongHostError } from './allowed-hosts.js';

const { code, message } = new WrongHostError();
const REFUSAL = { status: '421 Misdirected Request', error: { code, message } };

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
        answerUpgrade(request.socket, REFUSAL);
      }
    });
    return server;
  }
}
