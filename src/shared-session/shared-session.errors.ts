import { HttpException } from '@nestjs/common';

/** Every error code a client can see, and the HTTP status it has over HTTP. */
export const ERROR_STATUS = {
  INVALID_PAYLOAD: 400,
  UNAUTHENTICATED: 401,
  INVALID_CREDENTIALS: 401,
  SESSION_ENDED: 401,
  FORBIDDEN: 403,
  FORBIDDEN_ORIGIN: 403,
  NOT_FOUND: 404,
  EMAIL_TAKEN: 409,
  OPERATION_MISMATCH: 409,
  LIMIT_EXCEEDED: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/**
 * An error whose code and message the client may see, the same over HTTP and Socket.IO. It is one of
 * Nest's HTTP exceptions, so that an application's own filters know what to do with it.
 *
 * Domain errors extend it. Anything else that is thrown is a bug and reaches the client as
 * `INTERNAL`, without its message.
 *
 * @example
 * throw new CodedError('NOT_FOUND', 'There is no such product.');
 */
export class CodedError extends HttpException {
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(
    code: ErrorCode,
    message: string,
    { details, cause }: { details?: unknown; cause?: unknown } = {},
  ) {
    const error = details === undefined ? { code, message } : { code, message, details };
    super({ error }, ERROR_STATUS[code], cause === undefined ? {} : { cause });
    this.name = new.target.name;
    this.message = message;
    this.code = code;
    this.details = details;
  }
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

/** The session ended while something still wanted to write to it. Nothing was written. */
export class SessionEndedError extends CodedError {
  constructor() {
    super('SESSION_ENDED', 'The session has ended.');
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
