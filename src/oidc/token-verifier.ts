import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { ASYMMETRIC, type OidcOptions, type OidcProvider } from './oidc.options.js';
import { ProviderKeys } from './provider-keys.js';
import { KeysUnavailableError, RefusedTokenError, type TokenFault } from './token.errors.js';

/** Most characters of a token. */
export const LONGEST_TOKEN = 16_384;
/** By how much the clocks of provider and node may differ, in seconds. */
const TOLERANCE_S = 60;

/** What a kind of token must be. */
export interface TokenKind {
  /** Values of the header `typ`, in lower case; undefined: none. */
  readonly types: readonly (string | undefined)[];
  /** How long after it was issued it is taken, in seconds. */
  readonly maxAgeSeconds: number;
  readonly audienceOf: (provider: OidcProvider) => string;
}

/** A token that one of the providers has signed for this application. */
export interface VerifiedToken {
  readonly issuer: string;
  /** Its `jti`. */
  readonly id: string;
  readonly claims: JWTPayload;
  /** For how long it would be taken again, in ms. */
  readonly keptMs: number;
}

interface Trusted {
  readonly provider: OidcProvider;
  readonly keys: ProviderKeys;
}

/** Checks who has signed a token, for whom and when. What it says is not its business. */
export class TokenVerifier {
  readonly #trusted: ReadonlyMap<string, Trusted>;

  constructor({ providers }: Pick<OidcOptions, 'providers'>) {
    this.#trusted = new Map(
      providers.map((provider) => [
        provider.issuer,
        { provider, keys: new ProviderKeys(provider) },
      ]),
    );
  }

  /** @throws RefusedTokenError for a token that is not taken; KeysUnavailableError when nobody knows */
  async verify(token: string, kind: TokenKind): Promise<VerifiedToken> {
    if (token.length > LONGEST_TOKEN) throw new RefusedTokenError('The token is too long.');
    const { provider, keys } = this.#issuerOf(token, kind);
    const options: JWTVerifyOptions = {
      issuer: provider.issuer,
      audience: kind.audienceOf(provider),
      algorithms: [...(provider.algorithms ?? ASYMMETRIC)],
      maxTokenAge: kind.maxAgeSeconds,
      clockTolerance: TOLERANCE_S,
    };
    const { payload: claims } = await jwtVerify(token, keys.find, options).catch(refuse);
    const { jti: id } = claims;
    if (typeof id !== 'string' || id === '') throw faultyClaim('jti');
    const keptMs = (kind.maxAgeSeconds + 2 * TOLERANCE_S) * 1000;
    return { issuer: provider.issuer, id, claims, keptMs };
  }

  /** Whose a token says that it is; its signature will show. */
  #issuerOf(token: string, { types }: TokenKind): Trusted {
    try {
      const { typ } = decodeProtectedHeader(token);
      const type = typ?.toLowerCase().replace(/^application\//, '');
      if (!types.includes(type)) throw new RefusedTokenError('The token is of another type.');
      const trusted = this.#trusted.get(decodeJwt(token).iss ?? '');
      if (trusted) return trusted;
    } catch (error) {
      if (error instanceof RefusedTokenError) throw error;
      throw new RefusedTokenError('The token is no signed JWT.', 'invalid_request', {
        cause: error,
      });
    }
    throw new RefusedTokenError('The token is of another issuer.', 'invalid_issuer');
  }
}

const CLAIM_FAULTS: Readonly<Record<string, TokenFault>> = {
  aud: 'invalid_audience',
  iss: 'invalid_issuer',
};

/** Of a key, the sender learns no more than that it is not the right one. */
function refuse(error: unknown): never {
  if (error instanceof KeysUnavailableError) throw error;
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
    throw faultyClaim(error.claim, error);
  }
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) {
    throw new RefusedTokenError('The token is no signed JWT.', 'invalid_request', { cause: error });
  }
  if (!(error instanceof errors.JOSEError)) throw error;
  throw new RefusedTokenError(
    'The token is not signed by a key and an algorithm of the issuer.',
    'invalid_key',
    {
      cause: error,
    },
  );
}

function faultyClaim(claim: string, cause?: Error): RefusedTokenError {
  const message = `The claim "${claim}" is missing, or not what it must be.`;
  return new RefusedTokenError(message, CLAIM_FAULTS[claim], { cause });
}
