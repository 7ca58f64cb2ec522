import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { generateKeyPair } from 'jose';
import { ProviderSessions, SessionStoreUnavailableError } from '../src/shared-session/index.js';
import { type Claims, IdentityProvider, LOGOUT_EVENT, now } from './support/identity-provider.js';
import { startProviderApp } from './support/provider-app.js';
import { startRedis } from './support/redis-under-test.js';
import { type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
const SESSION_REVOKED = `${CAEP}/session-revoked`;
const AUDIENCE = 'https://shop.example/security-events';

interface Names {
  readonly issuer: string;
  readonly sub: string;
  readonly sid: string;
}

const user = ({ issuer, sub }: Names) => ({ format: 'iss_sub', iss: issuer, sub });
const session = ({ sid }: Names) => ({ format: 'opaque', id: sid });

type MakeToken = (provider: IdentityProvider, subject: object) => Promise<string>;

const EVENTS = { events: { [SESSION_REVOKED]: {} } };

/** A security event token, but for what the test wants otherwise. */
const eventToken = (
  provider: IdentityProvider,
  claims: Claims,
  header: Parameters<IdentityProvider['sign']>[1] = {},
  key?: Parameters<IdentityProvider['sign']>[2],
) =>
  provider.sign({ aud: AUDIENCE, ...EVENTS, ...claims }, { typ: 'secevent+jwt', ...header }, key);

const WRONG: readonly (readonly [what: string, err: string, make: MakeToken])[] = [
  ['of another audience', 'invalid_audience', (it, sub_id) => eventToken(it, { sub_id, aud: 'x' })],
  [
    'of another issuer',
    'invalid_issuer',
    (it, sub_id) => eventToken(it, { sub_id, iss: 'https://another.example' }),
  ],
  [
    'signed by a key that nobody knows',
    'invalid_key',
    async (it, sub_id) =>
      eventToken(it, { sub_id }, { kid: 'another' }, (await generateKeyPair('RS256')).privateKey),
  ],
  [
    'signed by another key under the name of the right one',
    'invalid_key',
    async (it, sub_id) =>
      eventToken(it, { sub_id }, {}, (await generateKeyPair('RS256')).privateKey),
  ],
  [
    'that is two days old',
    'invalid_request',
    (it, sub_id) => eventToken(it, { sub_id, iat: now() - 172_800 }),
  ],
  [
    'of another type',
    'invalid_request',
    (it, sub_id) => eventToken(it, { sub_id }, { typ: 'JWT' }),
  ],
  ['about nobody', 'invalid_request', (it) => eventToken(it, {})],
  [
    'about a user of another issuer',
    'invalid_request',
    (it, sub_id) => eventToken(it, { sub_id: { ...sub_id, iss: 'https://another.example' } }),
  ],
  [
    'about somebody by an address',
    'invalid_request',
    (it) => eventToken(it, { sub_id: { format: 'email', email: 'ada@example.com' } }),
  ],
  [
    'with a change of claims that names none',
    'invalid_request',
    (it, sub_id) => eventToken(it, { sub_id, events: { [`${CAEP}/token-claims-change`]: {} } }),
  ],
  [
    'with a change of credentials that is none',
    'invalid_request',
    (it, sub_id) => eventToken(it, { sub_id, events: { [`${CAEP}/credential-change`]: {} } }),
  ],
  [
    'without events',
    'invalid_request',
    (it, sub_id) => eventToken(it, { sub_id, events: undefined }),
  ],
  ['that is none', 'invalid_request', () => Promise.resolve('no token')],
  [
    'that is longer than any',
    'invalid_request',
    (it, sub_id) => eventToken(it, { sub_id, padding: 'x'.repeat(100_000) }),
  ],
];

describe('a security event', () => {
  const prefix = uniquePrefix();
  let provider: IdentityProvider;
  let a: TestNode;
  let b: TestNode;
  let names: Names;

  beforeAll(async () => {
    const redisUrl = await startRedis('oidc');
    provider = await IdentityProvider.start();
    const { issuer, clientId } = provider;
    [a, b] = await Promise.all([
      startProviderApp({
        redisUrl,
        prefix,
        providers: [{ issuer, clientId, eventsAudience: AUDIENCE }],
        onClaimsChange: (data, claims) => Object.assign(data.user ?? {}, claims),
      }),
      startProviderApp({ redisUrl, prefix }),
    ]);
  });

  beforeEach(() => {
    names = { issuer: provider.issuer, sub: randomUUID(), sid: randomUUID() };
  });

  async function signedIn(sid = names.sid): Promise<Visitor> {
    const visitor = new Visitor(a);
    await visitor.post('/via', { ...names, sid });
    return visitor;
  }

  const isSignedIn = async (visitor: Visitor) =>
    'user' in (await visitor.get<object>('/me', b)).body;

  const push = async (token: string, type = 'application/secevent+jwt') => {
    const init = { method: 'POST', headers: { 'content-type': type }, body: token };
    const response = await fetch(new URL('/security-events', a.url), init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  it.each([
    ['a session', (it: Names) => session(it), true],
    ['a user', (it: Names) => user(it), false],
    [
      'a session of a user',
      (it: Names) => ({ format: 'complex', session: session(it), user: user(it) }),
      true,
    ],
    [
      'a user of a company',
      (it: Names) => ({ format: 'complex', user: user(it), tenant: {} }),
      false,
    ],
  ])('that revokes %s closes its connections on every node', async (_, subject, leavesOthers) => {
    const [visitor, other] = [await signedIn(), await signedIn(randomUUID())];
    const socket = await visitor.connect(b);

    const answer = await push(await eventToken(provider, { sub_id: subject(names) }));

    expect(await socket.ended()).toBe('revoked');
    expect(answer).toMatchObject({ status: 202, text: '' });
    expect(await isSignedIn(other)).toBe(leavesOthers);
  });

  it('of a draft has its subject within', async () => {
    const visitor = await signedIn();
    const events = { [SESSION_REVOKED]: { subject: { user: user(names) } } };

    await push(await eventToken(provider, { events }));

    expect(await isSignedIn(visitor)).toBe(false);
  });

  it.each([
    ['create', true],
    ['update', false],
    ['revoke', false],
    ['delete', false],
  ])('that credentials had a %s leaves sessions: %s', async (change_type, isLeft) => {
    const visitor = await signedIn();
    const events = { [`${CAEP}/credential-change`]: { credential_type: 'password', change_type } };

    const { status } = await push(await eventToken(provider, { sub_id: user(names), events }));

    expect(status).toBe(202);
    expect(await isSignedIn(visitor)).toBe(isLeft);
  });

  it('that claims have changed changes sessions, live on every node', async () => {
    const socket = await (await signedIn()).connect(b);
    const events = { [`${CAEP}/token-claims-change`]: { claims: { roles: ['staff'] } } };

    const { status } = await push(await eventToken(provider, { sub_id: user(names), events }));

    expect(status).toBe(202);
    expect(await socket.next('session:changed')).toMatchObject({ user: { roles: ['staff'] } });
  });

  it('of a type that nobody knows is acknowledged, and changes nothing', async () => {
    const visitor = await signedIn();
    const verification = 'https://schemas.openid.net/secevent/ssf/event-type/verification';
    const events = { [verification]: { state: 's' }, toString: {} };

    const { status } = await push(await eventToken(provider, { sub_id: user(names), events }));

    expect(status).toBe(202);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it.each(WRONG)('%s is refused as %s, and changes nothing', async (_, err, make) => {
    const visitor = await signedIn();

    const { status, headers, text } = await push(await make(provider, user(names)));

    expect({ status, body: JSON.parse(text) as unknown }).toEqual({
      status: 400,
      body: { err, description: expect.any(String) },
    });
    expect(headers.get('content-language')).toBe('en');
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('is refused as another content', async () => {
    const { status } = await push(
      await eventToken(provider, { sub_id: user(names) }),
      'text/plain',
    );

    expect(status).toBe(400);
  });

  it('that was taken before is acknowledged, and changes nothing', async () => {
    const token = await eventToken(provider, { sub_id: user(names) });
    await push(token);
    const visitor = await signedIn();

    const { status } = await push(token);

    expect(status).toBe(202);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('may come again where it could not be done', async () => {
    const visitor = await signedIn();
    const sessions = a.app.get(ProviderSessions, { strict: false });
    jest.spyOn(sessions, 'end').mockRejectedValueOnce(new SessionStoreUnavailableError());
    const token = await eventToken(provider, { sub_id: user(names) });

    const [first, second] = [await push(token), await push(token)];

    expect([first.status, second.status]).toEqual([503, 202]);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('passes for no logout, nor a logout for it', async () => {
    const visitor = await signedIn();
    const events = { [LOGOUT_EVENT]: {}, [SESSION_REVOKED]: {} };
    const claims = { aud: provider.clientId, sub: names.sub, sub_id: user(names), events };
    const logout = new URLSearchParams({
      logout_token: await provider.sign(claims, { typ: 'secevent+jwt' }),
    });

    const asLogout = await fetch(new URL('/backchannel-logout', a.url), {
      method: 'POST',
      body: logout,
    });
    const asEvent = await push(await provider.logoutToken({ ...claims, aud: AUDIENCE }));

    expect([asLogout.status, asEvent.status]).toEqual([400, 400]);
    expect(await isSignedIn(visitor)).toBe(true);
  });
});
