import { CodedError } from '../../../shared-session/index.js';

/** Whoever comes back from the identity provider is not signed in: refused there, too late, or not sent there by this browser. */
export class SignInRefusedError extends CodedError {
  constructor(cause?: unknown) {
    super('SIGN_IN_REFUSED', 'The sign-in did not succeed. Start it again.', {
      status: 400,
      cause,
    });
  }
}

export class ProviderUnavailableError extends CodedError {
  constructor(cause: unknown) {
    super('UNAVAILABLE', 'The identity provider is out of reach. Try again soon.', { cause });
  }
}
