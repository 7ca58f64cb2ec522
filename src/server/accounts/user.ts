import { z } from 'zod';

/** A user as the session holds it and clients see it. */
export const User = z.strictObject({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  roles: z.array(z.string()).readonly(),
});
export type User = z.output<typeof User>;

/** The answer to a registration or a sign-in. */
export const SignedInUser = z.strictObject({ user: User });

declare module 'express-session' {
  interface SessionData {
    user?: User;
  }
}
