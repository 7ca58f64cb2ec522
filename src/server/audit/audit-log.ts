import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AttackCounter } from './attack-counter.js';
import type { AuditEntry, AuditEvent } from './audit-line.js';
import { currentRequest } from './request-context.js';

const MINUTE_MS = 60_000;

/** What a client can cause as often as it likes. */
const COUNTED: ReadonlySet<AuditEvent> = new Set<AuditEvent>([
  'sign-in.refused',
  'confirmation.refused',
  'request.refused',
  'handshake.refused',
  'limit.hit',
]);

const NOTHING: Omit<AuditEntry, 'audit'> = {
  reason: null,
  by: null,
  principal: null,
  handle: null,
  account: null,
  address: null,
  requestId: null,
  count: 1,
};

/** Writes down what an investigation would ask for: docs/audit.md. */
@Injectable()
export class AuditLog implements OnApplicationShutdown {
  readonly #logger = new Logger('Audit');
  readonly #attacks = new AttackCounter((entry) => {
    this.#logger.log(entry);
  });
  readonly #timer = setInterval(() => {
    this.#attacks.flush();
  }, MINUTE_MS).unref();

  /** Writes a line. What the entry does not say of who asks, and from where, the request under way does. */
  note(entry: Pick<AuditEntry, 'audit'> & Partial<AuditEntry>): void {
    const whole: AuditEntry = { ...NOTHING, ...currentRequest(), ...entry };
    if (COUNTED.has(entry.audit)) this.#attacks.note(whole);
    else this.#logger.log(whole);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    this.#attacks.flush();
  }
}
