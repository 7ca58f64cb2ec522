/** A login at an identity provider, as its ID token names it. */
export interface ProviderLogin {
  /** The provider: the token's `iss`. */
  readonly issuer: string;
  /** The user's session there: `sid`, where the provider says it. Without it, only all of `sub` can be ended there. */
  readonly sid?: string | undefined;
  /** The user there: `sub`. */
  readonly sub: string;
}

/** Whose sessions a provider speaks of: those of one session there, else all of one user. */
export type ProviderSubject = Pick<ProviderLogin, 'issuer'> &
  (
    | { readonly sid: string; readonly sub?: string | undefined }
    | { readonly sid?: undefined; readonly sub: string }
  );

/** Longer ones would be a burden for each record that has them; `sub` has 255 at most. */
const LONGEST = 512;

/**
 * Checks a login before anything is written.
 *
 * @throws TypeError naming what is no text of 1 to 512 characters
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDToken
 */
export function checkedLogin({ issuer, sid, sub }: ProviderLogin): ProviderLogin {
  checkName('issuer', issuer);
  checkName('sub', sub);
  if (sid === undefined) return { issuer, sub };
  checkName('sid', sid);
  return { issuer, sid, sub };
}

function checkName(name: keyof ProviderLogin, value: unknown): void {
  if (typeof value === 'string' && value.length >= 1 && value.length <= LONGEST) return;
  throw new TypeError(`\`idp.${name}\` must be a text of 1 to ${String(LONGEST)} characters.`);
}
