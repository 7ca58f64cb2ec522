import type { NextFunction, Request, Response } from 'express';
import { CodedError } from '../shared-session/index.js';

/**
 * Refuses bodies that are not JSON. Forms and `text/plain` are what other sites can send without
 * asking first; none of them is ever meant for this server.
 */
export function requireJson(request: Request, _: Response, next: NextFunction): void {
  const isEmpty = request.headers['content-length'] === '0';
  const hasOtherBody = !isEmpty && request.is('application/json') === false;
  next(
    hasOtherBody
      ? new CodedError('INVALID_PAYLOAD', 'A body needs content-type: application/json.')
      : undefined,
  );
}
