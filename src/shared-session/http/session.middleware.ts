import type { NextFunction, Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import { createSecureCookieRefusal } from './secure-cookie.js';
import { carrySession } from '../access/session-carrier.js';
import { expiryAfterActivity } from '../session/session-lifetime.js';
import { type Session, toSession } from '../session/session.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import type { SessionStore } from '../store/session.store.js';

/**
 * Makes the one express-session middleware, which HTTP requests and Socket.IO handshakes share.
 *
 * It differs from a bare express-session in one thing: a changed session is saved before the
 * response's headers go out, so that a save that is refused becomes an error response instead of
 * a cut-off success.
 */
export function createSessionMiddleware(
  options: ResolvedOptions,
  store: SessionStore,
): RequestHandler {
  const { name, ...cookie } = options.cookie;
  const middleware = session({
    name,
    secret: [...options.secrets],
    store,
    resave: false,
    saveUninitialized: false,
    cookie: { ...cookie, httpOnly: true },
  });
  prepareNewSessions(store);
  return function sharedSession(request, response, next) {
    middleware(request, response, (error?: unknown) => {
      if (error !== undefined) {
        next(error);
        return;
      }
      carrySession(request, () => readSession(request, options));
      saveBeforeHeaders(request, response, next, store);
      next();
    });
  };
}

/**
 * Notes in every new session when it started; the absolute lifetime counts from then. One whose
 * Secure cookie this request cannot get is not stored: express-session would drop the cookie without a
 * word, and leave a session behind that nobody can come back to, for each request.
 */
function prepareNewSessions(store: SessionStore): void {
  const refusal = createSecureCookieRefusal();
  const generate = store.generate.bind(store);
  store.generate = (request) => {
    generate(request);
    request.session.sharedSession = { startedAt: Date.now() };
    if (request.session.cookie.secure && !request.secure) store.refuse(request.session, refusal);
  };
}

function readSession(request: Request, options: ResolvedOptions): Session | null {
  // The types say that there always is a session; after destroy() there is none.
  const data = request.session as Request['session'] | undefined;
  if (!data) return null;
  const idleExpiresAt = expiryAfterActivity(data, options.limits, Date.now());
  return toSession({ sid: request.sessionID, data, idleExpiresAt }, options);
}

/**
 * express-session saves when the response ends, after its status has left; a refused save could
 * then only cut the connection. Here `end` waits for the save, and a refusal reaches the
 * application's error handling while the response can still say so.
 *
 * @see https://github.com/expressjs/session/issues/632
 */
function saveBeforeHeaders(
  request: Request,
  response: Response,
  next: NextFunction,
  store: SessionStore,
): void {
  const end = response.end.bind(response) as (...chunk: unknown[]) => Response;
  response.end = function endAfterSave(...chunk: unknown[]): Response {
    response.end = end;
    const session = request.session as Request['session'] | undefined;
    if (response.headersSent || !session || !store.isModified(session)) {
      return end(...chunk);
    }
    session.save((error?: unknown) => {
      if (error) next(error);
      else end(...chunk);
    });
    return response;
  };
}
