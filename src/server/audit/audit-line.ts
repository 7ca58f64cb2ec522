import { z } from 'zod';
import { PrincipalSchema } from '../../shared-session/index.js';

/** What is written down. */
export const AUDIT_EVENTS = [
  'session.started',
  'session.ended',
  'account.registered',
  'account.suspended',
  'account.resumed',
  'password.changed',
  'roles.changed',
  'sign-in.confirmed',
  'sign-in.refused',
  'confirmation.refused',
  'request.refused',
  'handshake.refused',
  'limit.hit',
  'operator.looked',
  'operator.ended',
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/**
 * A line of the audit log. No field holds what a client has sent, but for its address if that is one. A null is what is not
 * known, or what there is none of.
 */
export const AuditLine = z.strictObject({
  level: z.literal('info'),
  /** When it was written, in UTC, by this node's clock. */
  time: z.iso.datetime(),
  node: z.string(),
  audit: z.enum(AUDIT_EVENTS),
  /** Why a session ended, or the code that something was refused with, or the name of a limit. */
  reason: z.string().nullable(),
  /** Who ended a session: `session`, `principal`, `application`, `limit`, `node` or `provider`. */
  by: z.string().nullable(),
  /** Whose session it is or, in all other lines, who did it. */
  principal: PrincipalSchema.nullable(),
  /** Public name of that session. */
  handle: z.string().nullable(),
  /** Id of the account that it was done to, or tried with. */
  account: z.string().nullable(),
  /** Of the client. */
  address: z.union([z.ipv4(), z.ipv6()]).nullable(),
  /** As `X-Request-Id` in the answer. */
  requestId: z.uuid().nullable(),
  /** How often it happened: more than 1 in a line that stands for many. */
  count: z.int().min(1),
});
export type AuditLine = z.output<typeof AuditLine>;

/** A line before the logger has put its level, time and node to it. */
export type AuditEntry = Omit<AuditLine, 'level' | 'time' | 'node'>;

export function isAuditLine(message: unknown): message is AuditEntry {
  return typeof message === 'object' && message !== null && 'audit' in message;
}
