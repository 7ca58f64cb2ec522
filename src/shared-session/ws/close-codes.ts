import type { CloseReason } from '../session/end-reason.js';

/**
 * With what a connection is closed. Those of 4000 and above are this library's: their last three digits are the status that
 * says the same over HTTP. The others are those of RFC 6455, in the registry of IANA.
 */
export const CLOSE_CODES = {
  /** Nobody is signed in, or the session has ended; the close reason says which. */
  unauthenticated: 4401,
  /** The page is of an origin that `allowedOrigins` does not list. */
  foreignOrigin: 4403,
  /** The client reads too slowly, or does not answer pings. */
  timeout: 4408,
  /** Too many connections or too many events. */
  tooMany: 4429,
  /** It sent something else than text. */
  unsupportedData: 1003,
  /** Something went wrong here. */
  internal: 1011,
  /** The node shuts down, or does not hear of the session; another one has it. */
  restart: 1012,
  /** Redis is out of reach. */
  tryAgainLater: 1013,
} as const;

const OF_ERRORS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: CLOSE_CODES.unauthenticated,
  SESSION_ENDED: CLOSE_CODES.unauthenticated,
  FORBIDDEN_ORIGIN: CLOSE_CODES.foreignOrigin,
  RATE_LIMITED: CLOSE_CODES.tooMany,
  UNAVAILABLE: CLOSE_CODES.tryAgainLater,
};

/** For a client that is not let in, by the code of the error. */
export function closeCodeOfError(code: string): number {
  return OF_ERRORS[code] ?? CLOSE_CODES.internal;
}

/** For one that was let in. */
export function closeCodeOfEnd(reason: CloseReason): number {
  if (reason === 'draining') return CLOSE_CODES.restart;
  return reason === 'slow-down' ? CLOSE_CODES.tooMany : CLOSE_CODES.unauthenticated;
}
