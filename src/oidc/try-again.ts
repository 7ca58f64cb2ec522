import type { Response } from 'express';
import { SessionStoreUnavailableError } from '../shared-session/index.js';
import { KeysUnavailableError } from './token.errors.js';

/** Seconds after which whoever sent a token may try again. */
const RETRY_AFTER_S = '1';

/** Whether a token may be taken the next time: nothing is known to be wrong with it. */
export function mayBeTriedAgain(error: unknown): error is Error {
  return error instanceof KeysUnavailableError || error instanceof SessionStoreUnavailableError;
}

/** Answers 503 with a body of the route's own form. */
export function answerTryAgain(response: Response, body: object): void {
  response.status(503).setHeader('Retry-After', RETRY_AFTER_S).json(body);
}
