import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { isIP } from 'node:net';
import { onDiagnostics, type SessionEvent, Sessions } from '../../shared-session/index.js';
import { NODE_NAME } from '../app.tokens.js';
import { AuditLog } from './audit-log.js';

/** Writes down what happens to sessions, and what the library refuses. Guests come and go, and are nobody. */
@Injectable()
export class AuditTrail implements OnModuleInit, OnApplicationShutdown {
  readonly #stops: (() => void)[] = [];

  constructor(
    @Inject(NODE_NAME) private readonly nodeName: string,
    private readonly sessions: Sessions,
    private readonly log: AuditLog,
  ) {}

  onModuleInit(): void {
    this.sessions.onEvent((event) => {
      this.#noteSession(event);
    });
    this.#stops.push(
      onDiagnostics('handshake.refused', ({ node, code, principal, handle, address }) => {
        if (node !== this.nodeName) return;
        this.log.note({
          audit: 'handshake.refused',
          reason: code,
          principal,
          handle,
          address: addressIn(address),
        });
      }),
      onDiagnostics('limit.hit', ({ node, limit, principal, address }) => {
        if (node !== this.nodeName) return;
        this.log.note({
          audit: 'limit.hit',
          reason: limit,
          principal,
          address: addressIn(address),
        });
      }),
    );
  }

  onApplicationShutdown(): void {
    for (const stop of this.#stops) stop();
  }

  #noteSession(event: SessionEvent): void {
    const { principal, handle } = event;
    if (principal?.kind !== 'user') return;
    const whose = { principal, handle };
    if (event.type === 'started') this.log.note({ audit: 'session.started', ...whose });
    if (event.type === 'ended' || event.type === 'replaced') {
      const reason = event.type === 'ended' ? event.reason : event.type;
      this.log.note({ audit: 'session.ended', reason, by: event.by, ...whose });
    }
    if (event.type === 'refused' && event.what === 'sign-in') {
      this.log.note({ audit: 'sign-in.refused', reason: event.code, ...whose });
    }
  }
}

function addressIn(address: string | null): string | null {
  return address !== null && isIP(address) > 0 ? address : null;
}
