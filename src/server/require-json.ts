import type { NextFunction, Request, Response } from 'express';
import { CodedError } from '../shared-session/index.js';

/** What an identity provider posts, signed by it and meant for nothing else. */
const OTHER_BODIES: Readonly<Record<string, string>> = {
  '/backchannel-logout': 'application/x-www-form-urlencoded',
  '/security-events': 'application/secevent+jwt',
};

/**
 * Refuses bodies that are not JSON. Forms and `text/plain` are what other sites can send without
 * asking first; none of them is ever meant for this server, but what comes from the identity provider.
 */
export function requireJson(request: Request, _: Response, next: NextFunction): void {
  const isEmpty = request.headers['content-length'] === '0';
  const hasOtherBody =
    !isEmpty && request.is(OTHER_BODIES[request.path] ?? 'application/json') === false;
  next(
    hasOtherBody
      ? new CodedError('INVALID_PAYLOAD', 'A body needs content-type: application/json.')
      : undefined,
  );
}
