import { HttpException, HttpStatus, Logger } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { type Fault, faultDetails, faultsIn } from './fault-details.js';
import type { ErrorBody } from './shared-session.contract.js';
import { CodedError, type ErrorCode } from './shared-session.errors.js';
import { isRedisOutage } from './redis/redis-outage.js';

const logger = new Logger('SharedSession');

/** Statuses for which the library has a code of its own; the others are named as Nest names them. */
const OWN_CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_PAYLOAD',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'RATE_LIMITED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/** What `JSON.parse()` says of a body, and Express of a path. */
const PARSERS_WORDS =
  / (JSON input|JSON at position .+|is not valid JSON)$|^Failed to decode param /;

/**
 * Turns anything thrown into what the client may know of it. A bug becomes `INTERNAL` and is logged
 * here; its message stays on the server, since it may hold anything. Nest's HTTP exceptions of 500 and
 * above are logged too.
 */
export function toErrorBody(thrown: unknown): ErrorBody {
  if (thrown instanceof CodedError) {
    const { code, message, details } = thrown;
    return details === undefined ? { code, message } : { code, message, details };
  }
  if (thrown instanceof HttpException) {
    const status = thrown.getStatus();
    if (status >= 500) logFailure(thrown);
    const faults = status < 500 && faultsIn(messagesOf(thrown));
    if (faults) return invalid(codeOfStatus(status), faults);
    const message = isParsersOwn(thrown) ? 'The request cannot be read.' : thrown.message;
    return { code: codeOfStatus(status), message };
  }
  if (isHttpError(thrown))
    return { code: codeOfStatus(thrown.statusCode), message: thrown.message };
  // Nest's own refusal when a guard returns false, and what gateways throw by Nest's convention.
  if (thrown instanceof WsException) {
    const faults = faultsIn(thrown.getError());
    return faults
      ? invalid('INVALID_PAYLOAD', faults)
      : { code: 'FORBIDDEN', message: thrown.message };
  }
  if (isRedisOutage(thrown)) return { code: 'UNAVAILABLE', message: 'Redis is out of reach.' };
  logFailure(thrown);
  return { code: 'INTERNAL', message: 'Something went wrong here. It has been logged.' };
}

function invalid(code: string, faults: readonly Fault[]): ErrorBody {
  return { code, message: 'The payload is not valid.', details: faultDetails(faults) };
}

function messagesOf(thrown: HttpException): unknown {
  // Untyped code may have thrown one without a response.
  return (thrown.getResponse() as { readonly message?: unknown } | undefined)?.message;
}

/** The status of an exception of Nest's or an error of Express's own; undefined for all others. */
export function httpStatusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  return isHttpError(thrown) ? thrown.statusCode : undefined;
}

/** Such as of a body that is too large: Nest 12 makes an exception of it, and Nest 11 passes it on as it is. */
function isHttpError(thrown: unknown): thrown is Error & { readonly statusCode: number } {
  if (!(thrown instanceof Error)) return false;
  const { expose, statusCode } = thrown as { expose?: unknown; statusCode?: unknown };
  return expose === true && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
}

/** What the parser of a body or a path says quotes from it, a password perhaps; Nest passes it on, Nest 11 without its cause. */
function isParsersOwn({ message, cause }: HttpException): boolean {
  const isParsers = cause instanceof SyntaxError || cause instanceof URIError;
  return (isParsers && cause.message === message) || PARSERS_WORDS.test(message);
}

function logFailure(thrown: unknown): void {
  logger.error('A handler failed', thrown instanceof Error ? thrown.stack : undefined);
}

/** Of a status that nobody has named, a client error is the payload's fault, the rest ours. */
function codeOfStatus(status: number): string {
  const fallback: ErrorCode = status < 500 ? 'INVALID_PAYLOAD' : 'INTERNAL';
  return OWN_CODES[status] ?? HttpStatus[status] ?? fallback;
}
