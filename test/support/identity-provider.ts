import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider';
import { stopAfterwards } from './cleanup.js';

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const KEY_ID = 'the-only-one';

interface Keys {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/** What a token says; `undefined` leaves out what it usually says. */
export type Claims = Readonly<Record<string, unknown>>;

/** An `oidc-provider` on a loopback port, whose key the test has too: it signs what no provider would. */
export class IdentityProvider {
  readonly clientId = 'shop';
  readonly clientSecret = randomUUID();
  /** Answers nothing but 503 while it is set. */
  isAway = false;
  /** When it called its client last, as `performance.now()` of this process has it. */
  calledAt = NaN;
  /** How often its keys were asked for. */
  keysAsked = 0;
  #answer: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined;

  private constructor(
    private readonly server: Server,
    private readonly keys: Keys,
  ) {}

  static async start(): Promise<IdentityProvider> {
    const keys = await generateKeyPair('RS256', { extractable: true });
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stopAfterwards(() => {
      server.close();
      server.closeAllConnections();
    });
    const provider = new IdentityProvider(server, keys);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      provider.#receive(request, response);
    });
    await provider.serve();
    return provider;
  }

  get issuer(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}`;
  }

  /** Its public key, as whoever likes has it. */
  publicKey(): Promise<string> {
    return exportSPKI(this.keys.publicKey);
  }

  /** Starts over, with what is registered of the one client that there is. */
  async serve(client: Partial<ClientMetadata> = {}): Promise<void> {
    const key = { ...(await exportJWK(this.keys.privateKey)), kid: KEY_ID, alg: 'RS256' };
    const provider = new Provider(this.issuer, {
      ...CONFIGURATION,
      jwks: { keys: [key] },
      // It refuses to call addresses of this machine otherwise.
      fetch: (url, { method = 'GET', headers = {}, body = null, redirect = 'follow' } = {}) => {
        this.calledAt = performance.now();
        return fetch(url, { method, headers, body, redirect });
      },
      clients: [
        {
          client_id: this.clientId,
          client_secret: this.clientSecret,
          redirect_uris: ['https://shop.example/auth/oidc/callback'],
          backchannel_logout_session_required: true,
          ...client,
        },
      ],
    });
    this.#answer = provider.callback();
  }

  /** A logout token as this provider makes them, but for what the test wants otherwise. */
  logoutToken(claims: Claims, header: Partial<JWTHeaderParameters> = {}, key?: CryptoKey) {
    const events = { [LOGOUT_EVENT]: {} };
    return this.sign(
      { exp: now() + 120, events, ...claims },
      { typ: 'logout+jwt', ...header },
      key,
    );
  }

  sign(
    claims: Claims,
    header: Partial<JWTHeaderParameters> = {},
    key: CryptoKey | Uint8Array = this.keys.privateKey,
  ): Promise<string> {
    return new SignJWT(this.claims(claims))
      .setProtectedHeader({ alg: 'RS256', kid: KEY_ID, ...header })
      .sign(key);
  }

  /** What every token of this provider's says. */
  claims(claims: Claims): JWTPayload {
    const usual = { iss: this.issuer, aud: this.clientId, iat: now(), jti: randomUUID() };
    return { ...usual, ...claims };
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/jwks') this.keysAsked += 1;
    if (this.isAway || !this.#answer) response.writeHead(503).end();
    else this.#answer(request, response);
  }
}

/** In seconds since the epoch, as tokens have it. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

const CONFIGURATION: Configuration = {
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, email: `${sub}@login.example`, email_verified: true, name: sub }),
  }),
  cookies: { keys: ['a key that only tests know'] },
  ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
};
