import { CodedError } from '../../shared-session/index.js';

/** One message for unknown addresses and wrong passwords, so that it tells nobody who has an account. */
export class InvalidCredentialsError extends CodedError {
  /** @param accountId of the account that it was tried with, for the audit log; null: there is none */
  constructor(readonly accountId: string | null) {
    super('INVALID_CREDENTIALS', 'The email address or the password is wrong.', { status: 401 });
  }
}

export class EmailTakenError extends CodedError {
  constructor() {
    super('EMAIL_TAKEN', 'There is an account with this email address already.', { status: 409 });
  }
}

/** So many passwords wait to be checked that another would wait for seconds. */
export class TooManySignInsError extends CodedError {
  constructor() {
    super('UNAVAILABLE', 'Too many are signing in. Try again soon.');
  }
}
