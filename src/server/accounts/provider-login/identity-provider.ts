import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  type Configuration,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { ProviderIdentity } from '../provider-identity.js';
import { ProviderUnavailableError, SignInRefusedError } from './provider-login.errors.js';
import type { PendingLogin } from './pending-login.js';

/** Where users may log in, and as which client of it. */
export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the provider sends browsers back to. Not taken from a request: its Host header is the sender's choice. */
  readonly redirectUri: string;
}

/** The identity provider as openid-client has it: the code flow with PKCE. */
export class IdentityProvider {
  #configuration: Promise<Configuration> | undefined;

  constructor(private readonly settings: ProviderSettings) {}

  /**
   * Where to send a browser, and what its session must remember until it comes back.
   *
   * @throws ProviderUnavailableError
   */
  async begin(): Promise<{ url: URL; pending: PendingLogin }> {
    const configuration = await this.#discovered();
    const pending = {
      state: randomState(),
      nonce: randomNonce(),
      verifier: randomPKCECodeVerifier(),
    };
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: this.settings.redirectUri,
      scope: 'openid email profile',
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
    });
    return { url, pending };
  }

  /**
   * Who has come back.
   *
   * @param search the query that the provider has sent the browser back with
   * @throws SignInRefusedError, ProviderUnavailableError
   */
  async finish(search: string, pending: PendingLogin): Promise<ProviderIdentity> {
    const configuration = await this.#discovered();
    const url = new URL(this.settings.redirectUri);
    url.search = search;
    try {
      const tokens = await authorizationCodeGrant(configuration, url, {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new SignInRefusedError();
      const user = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
      const { iss: issuer, sub, sid } = claims;
      const session = typeof sid === 'string' ? { sid } : {};
      return { login: { issuer, sub, ...session }, email: user.email, name: user.name };
    } catch (error) {
      // What fetch() rejects with; all else is about this sign-in.
      if (error instanceof TypeError) throw new ProviderUnavailableError(error);
      throw new SignInRefusedError(error);
    }
  }

  /** Asks the provider once for what it can do. */
  #discovered(): Promise<Configuration> {
    this.#configuration ??= this.#discover().catch((error: unknown) => {
      this.#configuration = undefined;
      throw new ProviderUnavailableError(error);
    });
    return this.#configuration;
  }

  #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    const server = new URL(issuer);
    // Only of this machine: the settings allow no other without TLS.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- a warning, not a plan
    const execute = server.protocol === 'http:' ? [allowInsecureRequests] : [];
    return discovery(server, clientId, undefined, ClientSecretBasic(clientSecret), { execute });
  }
}
