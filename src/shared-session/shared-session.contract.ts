import { z } from 'zod';
import { PRINCIPAL_KINDS } from './session/principal.js';
import { CLOSE_REASONS } from './session/end-reason.js';

export const Principal = z.strictObject({ kind: z.enum(PRINCIPAL_KINDS), id: z.string() });

/** A session as the client may see it: `GET /session`, `session:ready` and `session:changed`. */
export const SessionDescription = z.strictObject({
  principal: Principal,
  /** The application's user; null for a guest. */
  user: z
    .looseObject({ id: z.union([z.string(), z.number()]), roles: z.array(z.string()).optional() })
    .nullable(),
  /** Public name of the session. */
  handle: z.string(),
  /** Name of the node that answers. */
  node: z.string(),
  idleExpiresAt: z.iso.datetime(),
  absoluteExpiresAt: z.iso.datetime(),
});
export type SessionDescription = z.output<typeof SessionDescription>;

/** When the session ends; `session:extended` says so when a warning no longer holds. */
export const SessionExpiry = SessionDescription.pick({
  idleExpiresAt: true,
  absoluteExpiresAt: true,
});
export type SessionExpiry = z.output<typeof SessionExpiry>;

/** `session:expiring`: the session is about to end by itself. */
export const SessionExpiring = z.strictObject({
  reason: z.enum(['idle', 'absolute']),
  inMs: z.int().min(0),
});
export type SessionExpiring = z.output<typeof SessionExpiring>;

/** `session:ended`: the server disconnects next. */
export const SessionEnded = z.strictObject({
  reason: z.enum(CLOSE_REASONS),
  /** What the client should do now; `never`: whoever this was may not sign in either. */
  reconnect: z.enum(['now', 'after-login', 'never']),
  /** Wait this long before reconnecting. */
  retryAfterMs: z.int().min(0).optional(),
});
export type SessionEnded = z.output<typeof SessionEnded>;

/** An error as the client sees it, over HTTP and Socket.IO alike. */
export const ErrorBody = z.strictObject({
  /** The library's or the application's own, such as `SEAT_TAKEN`. */
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  message: z.string(),
  details: z.unknown().optional(),
});
export type ErrorBody = z.output<typeof ErrorBody>;

/** The answer to every event. */
export type Acknowledgement<T = unknown> =
  { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: ErrorBody };
