import type { ProviderSubject } from '../shared-session/index.js';
import { RefusedTokenError } from './token.errors.js';
import type { TokenKind, VerifiedToken } from './token-verifier.js';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** As OpenID Connect Back-Channel Logout 1.0 has it; `typ` is recommended there, and many providers do without. */
export const LOGOUT_TOKEN: TokenKind = {
  types: ['logout+jwt', 'jwt', undefined],
  maxAgeSeconds: 600,
  audienceOf: ({ clientId }) => clientId,
};

/**
 * Whose sessions a logout token ends.
 *
 * @throws RefusedTokenError when it is no logout token, or does not say
 * @see https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
 */
export function logoutSubject({
  issuer,
  claims,
}: Pick<VerifiedToken, 'issuer' | 'claims'>): ProviderSubject {
  // Or an ID token could be taken for a logout token.
  if ('nonce' in claims) throw new RefusedTokenError('The token has a nonce.');
  if (!isLogout(claims['events'])) throw new RefusedTokenError('The token has no logout event.');
  const [sid, sub] = [nameIn(claims, 'sid'), nameIn(claims, 'sub')];
  if (sid !== undefined) return { issuer, sid, sub };
  if (sub !== undefined) return { issuer, sub };
  throw new RefusedTokenError('The token has neither sid nor sub.');
}

function isLogout(events: unknown): boolean {
  if (!isObject(events)) return false;
  return isObject(events[LOGOUT_EVENT]);
}

function nameIn(claims: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = claims[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new RefusedTokenError(`The claim "${name}" is no text.`);
}

/** Whether something is an object as JSON has it. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
