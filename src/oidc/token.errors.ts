/** What RFC 8935 calls the ways in which a token may be wrong. */
export type TokenFault = 'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience';

/** A token that is not taken. Its message is for whoever sent it, and quotes nothing of it. */
export class RefusedTokenError extends Error {
  override readonly name = 'RefusedTokenError';

  constructor(
    message: string,
    readonly fault: TokenFault = 'invalid_request',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A provider's keys cannot be had now, so nobody knows whether a token is its own. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';

  constructor(cause: unknown) {
    super('The keys of the identity provider are out of reach. Try again soon.', { cause });
  }
}
