import { z } from 'zod';

/** A session's public name in a path. */
export const Handle = z.string().regex(/^[\w-]{22}$/);

/** One of the user's sessions. */
export const Device = z.strictObject({
  handle: Handle,
  /** Whether it is the session that asks. */
  current: z.boolean(),
  signedInAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  ip: z.string(),
  userAgent: z.string(),
  /** Live sockets over all nodes. */
  sockets: z.int().min(0),
});
export type Device = z.output<typeof Device>;
