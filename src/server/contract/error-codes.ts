import { ERROR_STATUS, type ErrorCode } from '../../shared-session/index.js';

export interface ErrorMeaning {
  /** The status over HTTP. */
  readonly status: number;
  readonly means: string;
  /** What a client should do. */
  readonly todo: string;
}

/** What the library's codes mean; the compiler misses none. */
const OWN: Readonly<Record<ErrorCode, Omit<ErrorMeaning, 'status'>>> = {
  INVALID_PAYLOAD: {
    means: 'The body, the payload or a part of the path breaks its schema.',
    todo: 'Do not send it again as it is. `details` says what is wrong.',
  },
  UNAUTHENTICATED: {
    means: 'There is no session, or it is no user’s and this needs one.',
    todo: 'Get a session with `GET /session`, or have the user sign in.',
  },
  SESSION_ENDED: {
    means: 'The session ended meanwhile; nothing was written.',
    todo: 'Start again with `GET /session`, and have the user sign in.',
  },
  FORBIDDEN: {
    means: 'The session is known, and may not do this.',
    todo: 'Do not send it again: it needs another role.',
  },
  FORBIDDEN_ORIGIN: {
    means: 'The page is of an origin that the server does not allow.',
    todo: 'Do not send it again. The server lists the origin in `ALLOWED_ORIGINS` if it should.',
  },
  RECENT_SIGN_IN_REQUIRED: {
    means:
      'The user proved too long ago who they are; `details.maxAgeSeconds` says how recent it must be.',
    todo: 'Ask for the password, send it to `POST /auth/confirm`, then send this again.',
  },
  NOT_FOUND: {
    means: 'There is nothing by that name, or nothing of this user’s.',
    todo: 'Do not send it again; fetch the list that the name came from.',
  },
  RATE_LIMITED: {
    means: 'That was too often; nothing changed.',
    todo: 'Wait for `details.retryAfterMs` milliseconds, then send it again.',
  },
  INTERNAL: {
    means: 'Something went wrong in the server, and is in its log. It may have been done or not.',
    todo: 'Fetch the state. Send a cart’s operation again with the same `operationId`.',
  },
  UNAVAILABLE: {
    means:
      'The node, its Redis or the identity provider cannot do it now. It may have been done or not.',
    todo: 'Try again soon, waiting longer each time. Another node may be able to.',
  },
};

/** Every code that this server has: the library's, Express's, and those of its own domain. */
export const ERROR_CODES: Readonly<Record<string, ErrorMeaning>> = {
  ...Object.fromEntries(
    (Object.keys(OWN) as ErrorCode[]).map((code) => [
      code,
      { status: ERROR_STATUS[code], ...OWN[code] },
    ]),
  ),
  PAYLOAD_TOO_LARGE: {
    status: 413,
    means: 'The body is larger than any that a route takes.',
    todo: 'Do not send it again as it is.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    means: 'The body has a charset or an encoding that is not known.',
    todo: 'Send JSON in UTF-8.',
  },
  EMAIL_TAKEN: {
    status: 409,
    means: 'There is an account with this email address already.',
    todo: 'Offer to sign in instead.',
  },
  INVALID_CREDENTIALS: {
    status: 401,
    means: 'The email address or the password is wrong.',
    todo: 'Have the user type them again.',
  },
  LIMIT_EXCEEDED: {
    status: 422,
    means:
      'There would be more than there may be: of lines in the cart, whose `details` has the limits, or of a session’s streams.',
    todo: 'Take the change back and say why; close a stream before another one is opened.',
  },
  MISDIRECTED: {
    status: 421,
    means: 'The server does not answer for the host that was asked.',
    todo: 'Ask by one of its names; the server lists them in `ALLOWED_HOSTS`.',
  },
  OPERATION_MISMATCH: {
    status: 409,
    means: 'The `operationId` was used before, for another operation.',
    todo: 'Make a new `operationId` for each operation.',
  },
  SIGN_IN_REFUSED: {
    status: 400,
    means: 'The sign-in at the identity provider did not succeed.',
    todo: 'Start it again at `GET /auth/oidc`.',
  },
};
