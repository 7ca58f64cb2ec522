import type { NextFunction, Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import { createCookieRenewal, renewBeforeHeaders, type RenewCookie } from './cookie-renewal.js';
import { holdAnswer } from './held-answer.js';
import { endStreamWithSession } from './event-stream.js';
import { createOldCookieHint } from './old-cookie.js';
import { createSessionReader } from './request-session.js';
import { createRequestSignals } from './request-signal.js';
import { createSecureCookieRefusal } from './secure-cookie.js';
import { carrySession } from '../access/session-carrier.js';
import type { SessionLinks } from '../links/session-links.js';
import { operationChannel } from '../diagnostics/operations.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import type { RedisClock } from '../redis/redis-clock.js';
import type { SessionStore } from '../store/session.store.js';

const { start: requests } = operationChannel('request');

export interface SessionMiddlewareParts {
  readonly store: SessionStore;
  readonly clock: RedisClock;
  readonly links: SessionLinks;
}

/**
 * Makes the one express-session middleware, which HTTP requests and Socket.IO handshakes share.
 *
 * It differs from a bare express-session in one thing: a changed session is saved before the
 * response's headers go out, so that a save that is refused becomes an error response instead of
 * a cut-off success.
 */
export function createSessionMiddleware(
  options: ResolvedOptions,
  { store, clock, links }: SessionMiddlewareParts,
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
  const renewCookie = createCookieRenewal(options.limits, store, clock);
  const hintAtOldCookie = createOldCookieHint(name);
  return function sharedSession(request, response, next) {
    const find = findSession.bind(null, request, response, next);
    if (requests.hasSubscribers) requests.runStores({ headers: request.headers }, find);
    else find();
  };

  function findSession(request: Request, response: Response, next: NextFunction): void {
    hintAtOldCookie(request);
    middleware(request, response, (error?: unknown) => {
      if (error !== undefined) {
        next(error);
        return;
      }
      const signalOf = createRequestSignals(request, links);
      carrySession(request, createSessionReader(request, options, { clock, signalOf }));
      saveBeforeHeaders(request, response, next, { store, renewCookie });
      renewBeforeHeaders(request, response, renewCookie);
      endStreamWithSession(request, response, links);
      next();
    });
  }
}

/**
 * Tells the store of every new session. One whose Secure cookie this request cannot get is not stored:
 * express-session would drop the cookie without a word, and leave a session behind that nobody can come
 * back to, for each request.
 */
function prepareNewSessions(store: SessionStore): void {
  const refusal = createSecureCookieRefusal();
  const generate = store.generate.bind(store);
  store.generate = (request) => {
    generate(request);
    const cannotReturn = request.session.cookie.secure && !request.secure;
    store.expectNew(request.session, cannotReturn ? refusal : null);
  };
}

/**
 * express-session saves when the response ends, after its status has left; a refused save could
 * then only cut the connection. Here `end` waits for the save, and a refusal reaches the
 * application's error handling while the response can still say so. Meanwhile the first answer stands.
 *
 * @see https://github.com/expressjs/session/issues/632
 */
function saveBeforeHeaders(
  request: Request,
  response: Response,
  next: NextFunction,
  { store, renewCookie }: { store: SessionStore; renewCookie: RenewCookie },
): void {
  const end = response.end.bind(response) as (...chunk: unknown[]) => Response;
  response.end = function endAfterSave(...chunk: unknown[]): Response {
    assertChunk(chunk[0]);
    response.end = end;
    if (response.headersSent) return end(...chunk);
    const isForCookie = renewCookie(request, response);
    const answer = holdAnswer(response);
    saveIfModified(request, store, (error?: unknown) => {
      if (error && isForCookie) {
        // The session has ended meanwhile, or Redis is away: what was done is done, and only the cookie is not renewed.
        Reflect.deleteProperty(request, 'session');
        answer.release();
        end(...chunk);
      } else if (error) {
        // Nobody is signed in who is told no: the answer carries no cookie, and express-session does not try again.
        Reflect.deleteProperty(request, 'session');
        answer.discard();
        next(error);
      } else {
        answer.release();
        end(...chunk);
      }
    });
    return response;
  };
}

/** Node's own check, before the answer is held back: nobody could catch the error later. */
function assertChunk(chunk: unknown): void {
  const isChunk = typeof chunk === 'string' || chunk instanceof Uint8Array;
  if (isChunk || chunk === undefined || chunk === null || typeof chunk === 'function') return;
  const error = new TypeError('The "chunk" argument must be a string, a Buffer or a Uint8Array.');
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}

/** Calls `done` at once if there is nothing to save. */
function saveIfModified(
  request: Request,
  store: SessionStore,
  done: (error?: unknown) => void,
): void {
  const session = request.session as Request['session'] | undefined;
  let isModified: boolean;
  try {
    // A session whose id is no string is nobody's; express-session ignores it too.
    const isKnown = typeof request.sessionID === 'string';
    isModified = isKnown && session !== undefined && store.isModified(session);
  } catch (error) {
    // JSON cannot hold it.
    done(error);
    return;
  }
  if (isModified) session?.save(done);
  else done();
}
