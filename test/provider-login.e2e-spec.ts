import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AccountsService } from '../src/server/accounts/accounts.service.js';
import type { SessionDescription } from '../src/shared-session/index.js';
import { IdentityProvider } from './support/identity-provider.js';
import { ProviderUser } from './support/provider-user.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, PASSWORD, Visitor } from './support/visitor.js';

const REDIRECT = 'https://shop.example/auth/oidc/callback';

describe('the login at an identity provider', () => {
  let provider: IdentityProvider;
  let a: TestNode;
  let b: TestNode;
  let name: string;
  let there: ProviderUser;

  beforeAll(async () => {
    provider = await IdentityProvider.start();
    const { issuer, clientId, clientSecret } = provider;
    const settings = {
      redisUrl: await startRedis('oidc'),
      redisPrefix: uniquePrefix(),
      provider: { issuer, clientId, clientSecret, redirectUri: REDIRECT },
    };
    [a, b] = await Promise.all([startTestNode(settings), startTestNode(settings)]);
    await provider.serve({
      redirect_uris: [REDIRECT],
      backchannel_logout_uri: `${a.url}/backchannel-logout`,
    });
  });

  beforeEach(() => {
    name = randomUUID();
    there = new ProviderUser(provider, name);
  });

  /** The path that the provider sends the browser back to. */
  async function sentBack(visitor: Visitor): Promise<string> {
    const { headers } = await visitor.get('/auth/oidc');
    const url = new URL(await there.login(headers.get('location') ?? ''));
    return url.pathname + url.search;
  }

  async function login(visitor = new Visitor(a)): Promise<Visitor> {
    const { status, headers } = await visitor.get(await sentBack(visitor), b);
    expect([status, headers.get('location')]).toEqual([302, '/']);
    return visitor;
  }

  const userOf = async (visitor: Visitor) =>
    (await visitor.get<SessionDescription>('/session')).body.user;

  it('signs a user in, on whichever node they come back to', async () => {
    const visitor = await login();

    expect(await userOf(visitor)).toMatchObject({ email: `${name}@login.example`, name });
  });

  it('gives the guest’s cart to the user, and a session of another id', async () => {
    const visitor = await new Visitor(a).arrive();
    const before = visitor.handle;
    await visitor.post('/cart/operations', operation('add', 'scale', 2));

    await login(visitor);

    expect((await visitor.get('/cart')).body).toMatchObject({ lines: [{ sku: 'scale' }] });
    expect(visitor.handle).not.toBe(before);
  });

  it('finds the same account the next time', async () => {
    const first = await userOf(await login());

    expect(await userOf(await login())).toEqual(first);
  });

  it('never takes over an account with a password, though its address is the same', async () => {
    const email = `${name}@login.example`;
    const owner = new Visitor(a);
    await owner.post('/auth/register', { email, password: PASSWORD, name: 'V' });

    const visitor = await login();

    expect(await userOf(visitor)).not.toMatchObject({ id: (await userOf(owner))?.id });
    expect((await new Visitor(a).tryLogin(email)).status).toBe(200);
  });

  it('makes an account without a password, which nobody can sign in to by one', async () => {
    const visitor = await login();

    const attempt = await new Visitor(a).tryLogin(`${name}@login.example`);
    const confirmation = await visitor.post('/auth/confirm', { password: PASSWORD });

    expect([attempt.status, confirmation.status]).toEqual([401, 401]);
  });

  it('is refused to an account that is suspended', async () => {
    const user = await userOf(await login());
    await a.app.get(AccountsService, { strict: false }).setSuspended(String(user?.id), true);
    const visitor = new Visitor(a);

    const { status } = await visitor.get(await sentBack(visitor));

    expect(status).toBe(401);
    expect(await userOf(visitor)).toBeNull();
  });

  it('ends on every node when the user logs out there', async () => {
    const visitor = await login();
    const sockets = [await visitor.connect(a), await visitor.connect(b)];
    const other = await new Visitor(a).register();

    await there.logout();

    for (const socket of sockets) {
      expect(await socket.next('session:ended')).toMatchObject({ reason: 'revoked' });
    }
    expect((await visitor.get('/user/profile')).status).toBe(401);
    expect((await other.get('/user/profile')).status).toBe(200);
  });

  it('is refused in a browser that was not sent there', async () => {
    const path = await sentBack(await new Visitor(a).arrive());
    const victim = await new Visitor(a).arrive();

    const answers = [await victim.get(path), await new Visitor(a).get(path)];

    expect(answers).toMatchObject([
      { status: 400, body: { error: { code: 'SIGN_IN_REFUSED' } } },
      { status: 400 },
    ]);
  });

  it('is refused with the state of another login, and cannot be tried again then', async () => {
    const visitor = await new Visitor(a).arrive();
    const path = await sentBack(visitor);

    const forged = await visitor.get(path.replace(/state=[^&]+/, 'state=another'));
    const again = await visitor.get(path);

    expect([forged.status, again.status]).toEqual([400, 400]);
    expect(await userOf(visitor)).toBeNull();
  });

  it('says that the provider is out of reach', async () => {
    const node = await startTestNode({
      redisUrl: await startRedis('oidc'),
      redisPrefix: uniquePrefix(),
      provider: {
        issuer: 'http://127.0.0.1:9',
        clientId: 'shop',
        clientSecret: 'none',
        redirectUri: REDIRECT,
      },
    });

    expect(await new Visitor(node).get('/auth/oidc')).toMatchObject({
      status: 503,
      body: { error: { code: 'UNAVAILABLE' } },
    });
  });
});
