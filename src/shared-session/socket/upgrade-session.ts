import type { Request, RequestHandler, Response } from 'express';
import { sessionOf } from '../access/session-carrier.js';
import type { Session } from '../session/session.js';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';

/**
 * The session of an upgrade request, by the one session middleware; null if it has none that speaks for somebody. The response is
 * thrown away: a handshake sets no cookie and starts no session.
 *
 * @throws whatever the middleware fails with
 */
export async function sessionOfUpgrade(
  middleware: RequestHandler,
  request: Request,
): Promise<Session | null> {
  await new Promise<void>((resolve, reject) => {
    middleware(request, standIn(), (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new SessionStoreUnavailableError(error));
    });
  });
  return sessionOf(request);
}

/** express-session replaces both, but not when it has seen the request before: a socket may ask for a namespace again. */
function standIn(): Response {
  return { end: () => undefined, writeHead: () => undefined } as unknown as Response;
}
