import type { RequestHandler } from 'express';
import { carryInstead, sessionOf } from '../access/session-carrier.js';
import { type LoadUser, withLoadedUser } from '../session/load-user.js';

/** Makes the session middleware load the user, too: guards and decorators get what the application knows now. */
export function loadingUser(middleware: RequestHandler, loadUser: LoadUser | null): RequestHandler {
  if (!loadUser) return middleware;
  return function sharedSession(request, response, next) {
    middleware(request, response, (error?: unknown) => {
      const stored = sessionOf(request);
      if (error !== undefined || !stored?.user) {
        next(error);
        return;
      }
      withLoadedUser(stored, loadUser).then((loaded) => {
        // Until the request signs somebody else in, or out.
        carryInstead(request, (now) => (now === stored ? loaded : now));
        next();
      }, next);
    });
  };
}
