import { HttpException } from '@nestjs/common';
import type { EndReason } from './session/end-reason.js';

/** The library's own error codes, and the status that each has over HTTP. */
export const ERROR_STATUS = {
  INVALID_PAYLOAD: 400,
  UNAUTHENTICATED: 401,
  SESSION_ENDED: 401,
  FORBIDDEN: 403,
  FORBIDDEN_ORIGIN: 403,
  RECENT_SIGN_IN_REQUIRED: 403,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

export interface CodedErrorOptions {
  /** The status over HTTP, a whole number from 400 to 599. Known for the library's own codes. */
  readonly status?: number;
  /** What else the client may know: JSON. */
  readonly details?: unknown;
  /** What this error comes from. The client never sees it. */
  readonly cause?: unknown;
}

/**
 * An error whose code and message the client may see, the same over HTTP and Socket.IO. It is one of
 * Nest's HTTP exceptions, so that an application's own filters know what to do with it.
 *
 * Domain errors extend it, with codes of their own. Anything else that is thrown is a bug and reaches
 * the client as `INTERNAL`, without its message.
 *
 * @example
 * throw new CodedError('NOT_FOUND', 'There is no such product.');
 * throw new CodedError('SEAT_TAKEN', 'The seat is taken.', { status: 409 });
 *
 * @throws TypeError when the code is not in UPPER_SNAKE; RangeError when the status is no error's
 */
export class CodedError extends HttpException {
  readonly code: string;
  readonly details: unknown;

  /** @param code one of the library's */
  constructor(code: ErrorCode, message: string, options?: CodedErrorOptions);
  /** @param code the application's own, in UPPER_SNAKE */
  constructor(
    code: Uppercase<string>,
    message: string,
    options: CodedErrorOptions & { readonly status: number },
  );
  constructor(code: string, message: string, options: CodedErrorOptions = {}) {
    const { status = statusOf(code), details, cause } = options;
    checkError(code, status);
    const error = details === undefined ? { code, message } : { code, message, details };
    super({ error }, status, cause === undefined ? {} : { cause });
    this.name = new.target.name;
    this.message = message;
    this.code = code;
    this.details = details;
  }
}

/** The types cannot say it all: `SEAT-TAKEN` is upper case too, and clients know no code like it. */
function checkError(code: string, status: number): void {
  if (!/^[A-Z][A-Z0-9_]*$/.test(code))
    throw new TypeError(`The code "${code}" must be UPPER_SNAKE.`);
  if (Number.isInteger(status) && status >= 400 && status <= 599) return;
  throw new RangeError(`The status of ${code} must be from 400 to 599; it is ${String(status)}.`);
}

/** The status that an error of this code has over HTTP; 500 for a code that is not the library's. */
export function statusOf(code: string): number {
  const known: Readonly<Record<string, number>> = ERROR_STATUS;
  return known[code] ?? ERROR_STATUS.INTERNAL;
}

/** There is no session that speaks for anyone: no cookie, a forged one, or an ended session. */
export class UnauthenticatedError extends CodedError {
  constructor(message = 'There is no valid session.') {
    super('UNAUTHENTICATED', message);
  }
}

/** The session is known, but may not do this. */
export class ForbiddenError extends CodedError {
  constructor(message = 'This session may not do that.') {
    super('FORBIDDEN', message);
  }
}

/** The user is signed in, and has to prove once more who they are: too long ago they did. */
export class RecentSignInRequiredError extends CodedError {
  constructor(maxAgeSeconds: number) {
    super('RECENT_SIGN_IN_REQUIRED', 'Confirm who you are first.', { details: { maxAgeSeconds } });
  }
}

/** Somebody did something too often. The client finds in `details.retryAfterMs` how long to wait. */
export class RateLimitedError extends CodedError {
  /** @param retryAfterMs a whole number of ms */
  constructor(
    readonly retryAfterMs: number,
    message = 'That was too often. Wait a little.',
  ) {
    super('RATE_LIMITED', message, { details: { retryAfterMs } });
  }
}

/** The session ended while something still wanted to write to it, and nothing was written; or while something followed it. */
export class SessionEndedError extends CodedError {
  /** @param reason why it ended, where that is known: to those who follow it */
  constructor(readonly reason?: EndReason) {
    super('SESSION_ENDED', 'The session has ended.');
  }
}

/** This node shuts down, or hears no signals any more, and so follows no session. The session lives on. */
export class DrainingError extends CodedError {
  constructor() {
    super('UNAVAILABLE', 'This node can follow the session no longer. Try again on another.');
  }
}

/** The session store is out of reach, so nobody can be let in or written for. */
export class SessionStoreUnavailableError extends CodedError {
  constructor(cause?: unknown) {
    super('UNAVAILABLE', 'The session store is out of reach. Try again soon.', { cause });
  }
}

/** Raised at boot: the message says what is wrong, the probable cause and the remedies. */
export class SharedSessionConfigError extends Error {
  override readonly name = 'SharedSessionConfigError';

  constructor(what: string, remedies: readonly string[]) {
    const steps = remedies.map((remedy, index) => `  ${String(index + 1)}. ${remedy}`);
    super([what, ...(steps.length > 0 ? ['You may either:', ...steps] : [])].join('\n'));
  }
}
