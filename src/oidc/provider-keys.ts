import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { isTrustworthy, type OidcProvider } from './oidc.options.js';
import { KeysUnavailableError } from './token.errors.js';

/** How long a provider may take to answer, in ms. Whoever sent the token waits. */
const TIMEOUT_MS = 5000;

/**
 * The public keys of one provider, asked for when they are needed. They are kept for 10 min, and asked for again when a token
 * names another key: once in 30 s at most, or whoever likes could have us ask without end.
 */
export class ProviderKeys {
  readonly #logger = new Logger('OidcModule');
  readonly #provider: OidcProvider;
  #keys: Promise<JWTVerifyGetKey> | undefined;
  #isAway = false;

  constructor(provider: OidcProvider) {
    this.#provider = provider;
  }

  /**
   * Finds the key that a token names.
   *
   * @throws KeysUnavailableError when nobody knows; jose's own errors for a key that is not there
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    try {
      const keys = await this.#load();
      const key = await keys(header, token);
      this.#isAway = false;
      return key;
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      // Once an outage: whoever likes can send tokens that name the provider.
      if (!this.#isAway)
        this.#logger.warn(`The keys of ${this.#provider.issuer} are out of reach.`);
      this.#isAway = true;
      throw new KeysUnavailableError(error);
    }
  };

  #load(): Promise<JWTVerifyGetKey> {
    this.#keys ??= this.#discover().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }

  async #discover(): Promise<JWTVerifyGetKey> {
    const { issuer, jwksUri } = this.#provider;
    const address = jwksUri ?? (await discoveredKeys(issuer));
    return createRemoteJWKSet(new URL(address), { timeoutDuration: TIMEOUT_MS });
  }
}

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function discoveredKeys(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(address, { redirect: 'error', signal });
  if (response.status !== 200) throw new Error(`${address} answered ${String(response.status)}.`);
  const found = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
  const { jwks_uri: keys } = found;
  if (found.issuer !== issuer) throw new Error(`${address} is of another issuer.`);
  if (typeof keys === 'string' && isTrustworthy(keys)) return keys;
  throw new Error(`${address} names no keys that can be trusted.`);
}

/** Of all that may go wrong, what another try would not mend. */
function isAboutTheToken(error: unknown): boolean {
  const kinds = [
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
    errors.JOSENotSupported,
  ];
  return kinds.some((kind) => error instanceof kind);
}
