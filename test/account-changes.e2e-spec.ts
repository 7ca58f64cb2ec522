import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Sessions, SessionStoreUnavailableError } from '../src/shared-session/index.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { PASSWORD, Visitor } from './support/visitor.js';

const NEXT_PASSWORD = 'another horse battery';

describe('changes of an account', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    redisUrl = await startRedis();
    a = await startTestNode({ redisUrl, redisPrefix });
    b = await startTestNode({ redisUrl, redisPrefix });
  });

  describe('POST /user/password', () => {
    it('gives this device a new session and ends every other', async () => {
      const visitor = await new Visitor(a).register();
      const other = await new Visitor(a).login(visitor.email);
      const [mine, theirs] = [await visitor.connect(b), await other.connect(b)];
      const { cookie } = visitor;

      const { status } = await visitor.post('/user/password', {
        current: PASSWORD,
        next: NEXT_PASSWORD,
      });

      expect(status).toBe(204);
      expect(await mine.next('session:ended')).toMatchObject({
        reason: 'replaced',
        reconnect: 'now',
      });
      expect(await theirs.next('session:ended')).toMatchObject({ reason: 'revoked' });
      expect(visitor.cookie).not.toBe(cookie);
      expect((await visitor.get('/user/profile')).status).toBe(200);
      expect((await other.get('/user/profile')).status).toBe(401);
    });

    it('can be asked for again if it was cut off before the other sessions ended', async () => {
      const visitor = await new Visitor(a).register();
      const other = await new Visitor(a).login(visitor.email);
      const change = { current: PASSWORD, next: NEXT_PASSWORD };
      const sessions = a.app.get(Sessions, { strict: false });
      jest.spyOn(sessions, 'endOthers').mockRejectedValueOnce(new SessionStoreUnavailableError());

      const cut = await visitor.post('/user/password', change);
      const again = await visitor.post('/user/password', change);

      expect([cut.status, again.status]).toEqual([503, 204]);
      expect((await other.get('/user/profile')).status).toBe(401);
      expect((await visitor.get('/user/profile')).status).toBe(200);
    });

    it('makes the new password the only one', async () => {
      const visitor = await new Visitor(a).register();
      await visitor.post('/user/password', { current: PASSWORD, next: NEXT_PASSWORD });
      const login = (password: string) =>
        new Visitor(a).post('/auth/login', { email: visitor.email, password });

      expect((await login(PASSWORD)).status).toBe(401);
      expect((await login(NEXT_PASSWORD)).status).toBe(200);
    });

    it('refuses a wrong current password and changes nothing', async () => {
      const visitor = await new Visitor(a).register();
      const { cookie } = visitor;

      const { status, body } = await visitor.post('/user/password', {
        current: 'wrong horse battery',
        next: NEXT_PASSWORD,
      });

      expect(status).toBe(401);
      expect(body).toMatchObject({ error: { code: 'INVALID_CREDENTIALS' } });
      expect(visitor.cookie).toBe(cookie);
      expect((await visitor.get('/user/profile')).status).toBe(200);
    });
  });

  const INVALID = { status: 400, body: { error: { code: 'INVALID_PAYLOAD' } } };
  /** An account could have such a password from before. */
  const WRONG = { status: 401, body: { error: { code: 'INVALID_CREDENTIALS' } } };

  it.each<[string, unknown, unknown]>([
    ['an object that has a length', { length: 20 }, INVALID],
    ['an object whose length cannot be compared', { length: { valueOf: 1, toString: 1 } }, INVALID],
    ['halves of characters', '\ud800'.repeat(14), WRONG],
    ['a NUL', 'correct horse\0battery', WRONG],
  ])(
    'a password that is or has %s is refused, for a new account and at the sign-in',
    async (_, password, refusal) => {
      const visitor = new Visitor(a);
      const account = { email: visitor.email, password, name: 'Ada' };

      const registered = await visitor.post('/auth/register', account);
      const signedIn = await visitor.post('/auth/login', { ...account, name: undefined });

      expect(registered).toMatchObject(INVALID);
      expect(signedIn).toMatchObject(refusal as object);
    },
  );

  it.each([
    ['sid', 'sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax'],
    [
      '__Host-sid',
      '__Host-sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
    ],
  ])('a logout takes the cookie %s out of the browser', async (name, expected) => {
    const production = name === '__Host-sid';
    const settings = { redisUrl, redisPrefix: uniquePrefix(), production, trustProxy: true };
    const visitor = new Visitor(await startTestNode(settings));
    const headers = { 'x-forwarded-proto': production ? 'https' : 'http' };
    await visitor.request('GET', '/session', { headers });

    const answer = await visitor.request('POST', '/auth/logout', { headers });

    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()).toEqual([expected]);
    expect(answer.headers.get('clear-site-data')).toBe(production ? '"cookies"' : null);
  });
});
