import type { SessionData } from 'express-session';
import { SharedSessionConfigError } from '../shared-session/index.js';

/** Options of `OidcModule.forRoot()`, validated at boot. */
export interface OidcOptions {
  /** Whose tokens are taken: at least one. */
  readonly providers: readonly OidcProvider[];
  /**
   * Writes into a session what has changed of its user's claims (CAEP `token-claims-change`), live on every node. May run again on
   * fresh data when another writer was faster, so it must do nothing but change the data.
   * @defaultValue none: the event is acknowledged, and nothing changes
   */
  readonly onClaimsChange?: ApplyClaims | undefined;
}

/** Writes into a session what has changed of its user's claims. */
export type ApplyClaims = (data: SessionData, claims: Readonly<Record<string, unknown>>) => void;

/** An identity provider, or whoever else sends security events. */
export interface OidcProvider {
  /** Its `iss`, exactly as its tokens have it, and as `Sessions.signIn()` was told. HTTPS, or HTTP on this machine. */
  readonly issuer: string;
  /** This application's client id there: the audience of logout tokens. */
  readonly clientId: string;
  /**
   * The audience of security events.
   * @defaultValue `clientId`
   */
  readonly eventsAudience?: string | undefined;
  /**
   * Where its public keys are. HTTPS, or HTTP on this machine.
   * @defaultValue what `<issuer>/.well-known/openid-configuration` says
   */
  readonly jwksUri?: string | undefined;
  /**
   * By which algorithms its tokens may be signed. None that is not asymmetric: `HS256` would be a password in the hands of both.
   * @defaultValue RS256, PS256, ES256, EdDSA and their like with longer hashes
   */
  readonly algorithms?: readonly string[] | undefined;
}

/** What is asymmetric of RFC 7518 and RFC 8037. */
export const ASYMMETRIC: readonly string[] = [
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
];

/** @throws SharedSessionConfigError naming the first option that cannot work, and what would */
export function checkOidcOptions(options: OidcOptions): OidcOptions {
  const { providers } = options;
  if (providers.length === 0) refuse('`providers` is empty', 'Name at least one.');
  if (new Set(providers.map(({ issuer }) => issuer)).size < providers.length) {
    refuse('Two of the `providers` have one issuer', 'Name each once.');
  }
  providers.forEach(checkProvider);
  return options;
}

function checkProvider({ issuer, clientId, jwksUri, algorithms = ASYMMETRIC }: OidcProvider): void {
  for (const [name, url] of Object.entries({ issuer, jwksUri })) {
    if (url === undefined || isTrustworthy(url)) continue;
    refuse(
      `\`${name}\` is "${url}"`,
      'It must be an https:// address, or http:// on this machine.',
    );
  }
  if (!clientId) refuse('`clientId` is empty', 'Copy it from where the client is registered.');
  const unusable = algorithms.find((name) => !ASYMMETRIC.includes(name));
  if (unusable === undefined && algorithms.length > 0) return;
  refuse(
    `\`algorithms\` has ${unusable === undefined ? 'none' : `"${unusable}"`}`,
    `Choose of these: ${ASYMMETRIC.join(', ')}.`,
  );
}

/** Whether nobody on the way can answer in place of whoever is asked there. */
export function isTrustworthy(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isHere);
}

function refuse(what: string, remedy: string): never {
  throw new SharedSessionConfigError(`OidcModule: ${what}.`, [remedy]);
}
