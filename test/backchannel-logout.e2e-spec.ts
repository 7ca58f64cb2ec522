import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { base64url, generateKeyPair } from 'jose';
import {
  type ProviderLogin,
  ProviderSessions,
  SessionStoreUnavailableError,
} from '../src/shared-session/index.js';
import { IdentityProvider, LOGOUT_EVENT, now } from './support/identity-provider.js';
import { startProviderApp } from './support/provider-app.js';
import { RedisProxy } from './support/redis-proxy.js';
import { startRedis } from './support/redis-under-test.js';
import { type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

type MakeToken = (provider: IdentityProvider, sub: string) => string | Promise<string>;

/** A token that nobody signed. */
const unsigned: MakeToken = (provider, sub) => {
  const claims = provider.claims({ sub, events: { [LOGOUT_EVENT]: {} } });
  const parts = [{ alg: 'none', typ: 'logout+jwt' }, claims];
  return `${parts.map((part) => base64url.encode(JSON.stringify(part))).join('.')}.`;
};

const WRONG: readonly (readonly [what: string, make: MakeToken])[] = [
  ['of another audience', (it, sub) => it.logoutToken({ sub, aud: 'another' })],
  ['of another issuer', (it, sub) => it.logoutToken({ sub, iss: 'https://another.example' })],
  ['that nobody signed', unsigned],
  [
    'signed with the public key as if it were a password',
    async (it, sub) => {
      const key = new TextEncoder().encode(await it.publicKey());
      const claims = { sub, events: { [LOGOUT_EVENT]: {} } };
      return it.sign(claims, { alg: 'HS256', typ: 'logout+jwt' }, key);
    },
  ],
  ['that has expired', (it, sub) => it.logoutToken({ sub, exp: now() - 120 })],
  ['of the future', (it, sub) => it.logoutToken({ sub, iat: now() + 600, exp: now() + 900 })],
  ['that is old, and does not say how long it holds', oldToken],
  ['without a time', (it, sub) => it.logoutToken({ sub, iat: undefined })],
  ['without a name of its own', (it, sub) => it.logoutToken({ sub, jti: undefined })],
  [
    'signed by a key that nobody knows',
    async (it, sub) =>
      it.logoutToken({ sub }, { kid: 'another' }, (await generateKeyPair('RS256')).privateKey),
  ],
  [
    'signed by another key under the name of the right one',
    async (it, sub) => it.logoutToken({ sub }, {}, (await generateKeyPair('RS256')).privateKey),
  ],
  ['that is huge', (it, sub) => it.logoutToken({ sub, padding: 'x'.repeat(20_000) })],
  ['with a nonce', (it, sub) => it.logoutToken({ sub, nonce: 'n' })],
  ['without events', (it, sub) => it.logoutToken({ sub, events: undefined })],
  ['about another event', (it, sub) => it.logoutToken({ sub, events: { 'urn:other': {} } })],
  ['about nobody', (it) => it.logoutToken({})],
  ['about something that is no name', (it) => it.logoutToken({ sub: 7 })],
  ['of another type', (it, sub) => it.logoutToken({ sub }, { typ: 'at+jwt' })],
  ['that is none', () => 'no token'],
];

function oldToken(provider: IdentityProvider, sub: string): Promise<string> {
  return provider.logoutToken({ sub, iat: now() - 3600, exp: undefined });
}

describe('the logout at an identity provider', () => {
  const prefix = uniquePrefix();
  let redisUrl: string;
  let provider: IdentityProvider;
  let a: TestNode;
  let b: TestNode;
  let toB: RedisProxy;
  let sub: string;
  let sid: string;

  beforeAll(async () => {
    redisUrl = await startRedis('oidc');
    provider = await IdentityProvider.start();
    toB = await RedisProxy.to(redisUrl);
    [a, b] = await Promise.all([
      startReceiver(),
      startProviderApp({ redisUrl: toB.address, prefix }),
    ]);
  });

  beforeEach(() => {
    [sub, sid] = [randomUUID(), randomUUID()];
  });

  const startReceiver = () => {
    const { issuer, clientId } = provider;
    return startProviderApp({ redisUrl, prefix, providers: [{ issuer, clientId }] });
  };

  async function signedIn(login: Partial<ProviderLogin> = {}): Promise<Visitor> {
    const visitor = new Visitor(a);
    await visitor.post('/via', { issuer: provider.issuer, sid, sub, ...login });
    return visitor;
  }

  const isSignedIn = async (visitor: Visitor) =>
    'user' in (await visitor.get<object>('/me', b)).body;

  /** What the provider sends. */
  const call = async (form: Record<string, string> | [string, string][], at = a) => {
    const response = await fetch(new URL('/backchannel-logout', at.url), {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return { response, text: await response.text() };
  };

  const tell = async (token: string, at = a) => call({ logout_token: token }, at);

  it('closes the connections of its session on every node, and is answered 200', async () => {
    const [visitor, other] = [await signedIn(), await signedIn({ sid: randomUUID() })];
    const [socket, othersSocket] = [await visitor.connect(b), await other.connect(b)];

    const { response, text } = await tell(await provider.logoutToken({ sid, sub }));

    expect(await socket.ended()).toBe('revoked');
    expect([response.status, text]).toEqual([200, '']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(othersSocket.client.connected).toBe(true);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('ends all sessions of a user where it names none', async () => {
    const visitors = [await signedIn(), await signedIn({ sid: randomUUID() })];

    await tell(await provider.logoutToken({ sub }, { typ: undefined as unknown as string }));

    expect(await Promise.all(visitors.map(isSignedIn))).toEqual([false, false]);
  });

  it('is found within one sweep by a node that does not hear of it', async () => {
    const socket = await (await signedIn()).connect(b);
    toB.deafen();

    await tell(await provider.logoutToken({ sid }));

    expect(await socket.ended()).toBe('revoked');
    toB.heal();
  });

  it.each(WRONG)('is refused by a token %s, and changes nothing', async (_, make) => {
    const visitor = await signedIn();

    const { response, text } = await tell(await make(provider, sub));

    expect(response.status).toBe(400);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(JSON.parse(text)).toEqual({
      error: 'invalid_request',
      error_description: expect.any(String),
    });
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('is refused by a token that was used already, and changes nothing', async () => {
    const token = await provider.logoutToken({ sub });
    await tell(token);
    const visitor = await signedIn();

    const { response } = await tell(token);

    expect(response.status).toBe(400);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('is refused by a form with two tokens, and by what is no form', async () => {
    const visitor = await signedIn();
    const token = await provider.logoutToken({ sub });

    const twice = await call([
      ['logout_token', token],
      ['logout_token', token],
    ]);
    const json = await new Visitor(a).post('/backchannel-logout', { logout_token: token });

    expect([twice.response.status, json.status]).toEqual([400, 400]);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('can be told again with the same token where it could not be done', async () => {
    const visitor = await signedIn();
    const sessions = a.app.get(ProviderSessions, { strict: false });
    jest.spyOn(sessions, 'end').mockRejectedValueOnce(new SessionStoreUnavailableError());
    const token = await provider.logoutToken({ sid });

    const { response } = await tell(token);
    const again = await tell(token);

    expect([response.status, again.response.status]).toEqual([503, 200]);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('can be told again where the provider’s keys were out of reach', async () => {
    const node = await startReceiver();
    const token = await provider.logoutToken({ sid });

    provider.isAway = true;
    const { response } = await tell(token, node);
    provider.isAway = false;
    const again = await tell(token, node);

    expect([response.status, again.response.status]).toEqual([503, 200]);
  });

  it('is not taken from a provider that calls itself otherwise', async () => {
    const { clientId } = provider;
    const issuer = provider.issuer.replace('127.0.0.1', 'localhost');
    const node = await startProviderApp({ redisUrl, prefix, providers: [{ issuer, clientId }] });

    const { response } = await tell(await provider.logoutToken({ sid, iss: issuer }), node);

    expect(response.status).toBe(503);
  });

  it('has the keys asked for once, whatever keys are named', async () => {
    const node = await startReceiver();
    const before = provider.keysAsked;

    for (let count = 0; count < 20; count += 1) {
      await tell(await provider.logoutToken({ sid }, { kid: randomUUID() }), node);
    }

    expect(provider.keysAsked - before).toBe(1);
  });
});
