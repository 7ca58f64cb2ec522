import type { LoadUser } from './load-user.js';
import type { ReadUser, SessionUser } from './session-data.js';

/** What is needed of Passport. */
interface Passport {
  deserializeUser(serialized: unknown, done: (error: unknown, user?: unknown) => void): void;
}

/**
 * The options `user` and `loadUser` for an application whose users sign in by Passport: whom a session speaks for is what
 * the application's own `serializeUser()` has kept, an id or an object with one, and the user with their roles is
 * what its `deserializeUser()` makes of it.
 *
 * @example
 * SharedSessionModule.forRoot({ redis, secrets, ...passportUser(passport) })
 */
export function passportUser(passport: Passport): { user: ReadUser; loadUser: LoadUser } {
  /** What Passport has kept of each user that was read; not in the user, of which the client is told. */
  const kept = new WeakMap<SessionUser, unknown>();
  return {
    user: (session) => {
      const serialized = (session as { passport?: { user?: unknown } }).passport?.user;
      if (serialized === undefined || serialized === null) return null;
      const user = { id: idOf(serialized) };
      kept.set(user, serialized);
      return user;
    },
    loadUser: (user) =>
      new Promise((resolve, reject) => {
        passport.deserializeUser(kept.get(user), (error, found) => {
          if (error === null || error === undefined) resolve(found ? (found as SessionUser) : null);
          else
            reject(
              error instanceof Error
                ? error
                : new Error('deserializeUser() failed', { cause: error }),
            );
        });
      }),
  };
}

/** Whatever is no usable id is refused where users are checked. */
function idOf(serialized: unknown): string | number {
  const id = typeof serialized === 'object' ? (serialized as { id?: unknown }).id : serialized;
  return id as string | number;
}
