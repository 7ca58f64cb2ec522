import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { CartSnapshot } from '../src/server/cart/cart.contract.js';
import { type ErrorBody, SessionDescription } from '../src/shared-session/index.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, PASSWORD, Visitor } from './support/visitor.js';

interface Failure {
  error: ErrorBody;
}

describe('HTTP', () => {
  let node: TestNode;

  beforeAll(async () => {
    node = await startTestNode({
      redisUrl: await startRedis(),
      redisPrefix: uniquePrefix(),
      allowedOrigins: ['https://shop.example'],
    });
  });

  describe('GET /session', () => {
    it('starts a guest session where there is none, and keeps it', async () => {
      const visitor = new Visitor(node);

      const first = await visitor.get<SessionDescription>('/session');
      const second = await visitor.get<SessionDescription>('/session');

      expect(first.status).toBe(200);
      expect(SessionDescription.parse(first.body)).toMatchObject({
        principal: { kind: 'guest' },
        user: null,
        node: node.name,
      });
      expect(second.body.handle).toBe(first.body.handle);
    });

    it('sets a cookie that scripts cannot read and other sites cannot send', async () => {
      const { headers } = await new Visitor(node).get('/session');

      expect(headers.getSetCookie()).toEqual([
        expect.stringMatching(/^sid=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/),
      ]);
    });

    it('is never kept by a cache', async () => {
      const { headers } = await new Visitor(node).get('/session');

      expect(headers.get('cache-control')).toBe('no-store');
    });
  });

  describe('POST /auth/register', () => {
    it('makes an account and signs it in', async () => {
      const visitor = new Visitor(node);
      const account = { email: visitor.email, password: PASSWORD, name: 'Ada' };

      const { status, body } = await visitor.post('/auth/register', account);

      expect(status).toBe(201);
      expect(body).toEqual({
        user: { id: expect.any(String), email: visitor.email, name: 'Ada', roles: [] },
      });
      expect((await visitor.get('/user/profile')).status).toBe(200);
    });

    it.each([11, 129])('refuses a password of %i characters', async (length) => {
      const visitor = new Visitor(node);
      const account = { email: visitor.email, password: 'x'.repeat(length), name: 'Ada' };

      const { status, body } = await visitor.post<Failure>('/auth/register', account);

      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        code: 'INVALID_PAYLOAD',
        details: [{ path: 'password', message: expect.any(String) }],
      });
    });

    it('refuses an address that has an account, however it is written', async () => {
      const { email } = await new Visitor(node).register();
      const account = { email: email.toUpperCase(), password: PASSWORD, name: 'Eve' };

      const { status, body } = await new Visitor(node).post<Failure>('/auth/register', account);

      expect([status, body.error.code]).toEqual([409, 'EMAIL_TAKEN']);
    });
  });

  describe('POST /auth/login', () => {
    it('gives a new session id, so that a planted one is worth nothing', async () => {
      const visitor = await new Visitor(node).arrive();
      const { cookie: planted, email } = visitor;
      await new Visitor(node).request('POST', '/auth/register', {
        body: { email, password: PASSWORD, name: 'Ada' },
      });

      await visitor.login();

      const attacker = new Visitor(node);
      attacker.cookie = planted;
      expect(visitor.cookie).not.toBe(planted);
      expect((await attacker.get('/user/profile')).status).toBe(401);
    });

    it('refuses a wrong password and an unknown address alike', async () => {
      const { email } = await new Visitor(node).register();
      const attempt = (body: object) => new Visitor(node).post<Failure>('/auth/login', body);

      const wrong = await attempt({ email, password: 'wrong horse battery' });
      const unknown = await attempt({ email: 'nobody@example.com', password: PASSWORD });

      expect([wrong.status, wrong.body.error.code]).toEqual([401, 'INVALID_CREDENTIALS']);
      expect(unknown.body).toEqual(wrong.body);
    });

    it('takes the same time for known and unknown addresses', async () => {
      const { email } = await new Visitor(node).register();
      const timeOf = async (address: string): Promise<number> => {
        const start = performance.now();
        await new Visitor(node).post('/auth/login', { email: address, password: 'wrong horse' });
        return performance.now() - start;
      };

      const [known, unknown]: [number[], number[]] = [[], []];
      for (let round = 0; round < 7; round += 1) {
        known.push(await timeOf(email));
        unknown.push(await timeOf('nobody@example.com'));
      }

      // The hash takes some 20 ms; without it an unknown address would be answered in 2.
      expect(median(unknown)).toBeGreaterThan(median(known) / 2);
    });
  });

  it('POST /auth/logout ends the session; a second time is no error', async () => {
    const visitor = await new Visitor(node).register();

    const { status } = await visitor.post('/auth/logout');

    expect(status).toBe(204);
    expect((await visitor.get('/user/profile')).status).toBe(401);
    expect((await visitor.post('/auth/logout')).status).toBe(204);
  });

  it('GET /user/profile gives the user that the session holds', async () => {
    const visitor = await new Visitor(node).register();

    const { body } = await visitor.get('/user/profile');

    expect(body).toMatchObject({ email: visitor.email, name: 'V' });
  });

  it.each(['/user/profile', '/devices'])('%s is 401 for guests and strangers', async (path) => {
    const guest = await new Visitor(node).arrive();

    for (const visitor of [guest, new Visitor(node)]) {
      const { status, body } = await visitor.get<Failure>(path);
      expect([status, body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
    }
  });

  it('GET /catalog lists products with prices in minor units', async () => {
    const { body } = await new Visitor(node).get<unknown[]>('/catalog');

    expect(body.length).toBeGreaterThanOrEqual(12);
    expect(body[0]).toEqual({
      sku: expect.any(String),
      name: expect.any(String),
      unitPrice: { amount: expect.any(Number), currency: 'EUR' },
    });
  });

  describe('the cart', () => {
    it('takes operations and shows what they made', async () => {
      const visitor = await new Visitor(node).arrive();
      const add = operation('add', 'scale', 2);

      const { status, body } = await visitor.post('/cart/operations', add);

      expect(status).toBe(200);
      expect(body).toMatchObject({ replayed: false, change: { version: 1 } });
      const cart = CartSnapshot.parse((await visitor.get('/cart')).body);
      expect(cart.total).toEqual({ amount: 7980, currency: 'EUR' });
      expect(cart.lines).toMatchObject([{ sku: 'scale', quantity: 2, total: { amount: 7980 } }]);
    });

    it('gives the stored answer to an operation that is sent again', async () => {
      const visitor = await new Visitor(node).arrive();
      const add = operation('add', 'scale', 2);
      const first = await visitor.post<object>('/cart/operations', add);

      const second = await visitor.post('/cart/operations', add);

      expect(second.body).toEqual({ ...first.body, replayed: true });
    });

    it.each([
      ['another operation under a used id', { quantity: 3 }, 409, 'OPERATION_MISMATCH'],
      ['an unknown product', { sku: 'unicorn', operationId: '' }, 404, 'NOT_FOUND'],
      ['more than 99', { quantity: 98, operationId: '' }, 422, 'LIMIT_EXCEEDED'],
      ['half a product', { quantity: 0.5 }, 400, 'INVALID_PAYLOAD'],
      ['a quantity in words', { quantity: '2' }, 400, 'INVALID_PAYLOAD'],
      ['a field too many', { price: 1 }, 400, 'INVALID_PAYLOAD'],
      ['an id that is no UUID', { operationId: 'one' }, 400, 'INVALID_PAYLOAD'],
    ])('refuses %s and changes nothing', async (_, override, status, code) => {
      const visitor = await new Visitor(node).arrive();
      const add = operation('add', 'scale', 2);
      await visitor.post('/cart/operations', add);
      const before = await visitor.get('/cart');
      const wrong = { ...add, ...override };
      if (wrong.operationId === '') wrong.operationId = randomUUID();

      const answer = await visitor.post<Failure>('/cart/operations', wrong);

      expect([answer.status, answer.body.error.code]).toEqual([status, code]);
      expect((await visitor.get('/cart')).body).toEqual(before.body);
    });

    it('is for sessions only', async () => {
      const { status, body } = await new Visitor(node).get<Failure>('/cart');

      expect([status, body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
    });
  });

  it.each(['live', 'ready'])('GET /health/%s is 200', async (which) => {
    expect((await new Visitor(node).get(`/health/${which}`)).status).toBe(200);
  });

  it('answers an unknown route with NOT_FOUND', async () => {
    const { status, body } = await new Visitor(node).get<Failure>('/nowhere');

    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND']);
  });

  describe('mutating requests', () => {
    const from = (headers: Record<string, string>) =>
      new Visitor(node).request<Failure>('POST', '/auth/logout', { headers });

    it.each([
      ['a foreign origin', { origin: 'https://evil.example' }],
      ['the origin null', { origin: 'null' }],
      ['another site, by its fetch metadata', { 'sec-fetch-site': 'cross-site' }],
      ['a sibling subdomain', { 'sec-fetch-site': 'same-site' }],
      ['an origin that only starts like an allowed one', { origin: 'https://shop.example.evil' }],
    ])('refuses %s', async (_, headers) => {
      const { status, body } = await from(headers);

      expect([status, body.error.code]).toEqual([403, 'FORBIDDEN_ORIGIN']);
    });

    it.each([
      ['the own origin', () => ({ origin: node.url })],
      ['an allowed origin', () => ({ origin: 'https://shop.example' })],
      ['a client that is no browser', () => ({})],
    ])('lets %s in', async (_, headers) => {
      expect((await from(headers())).status).toBe(204);
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
      'refuses a body of %s',
      async (type) => {
        const { status, body } = await new Visitor(node).request<Failure>('POST', '/auth/login', {
          body: '{"email":"ada@example.com","password":"correct horse battery"}',
          headers: { 'content-type': type },
        });

        expect([status, body.error.code]).toEqual([400, 'INVALID_PAYLOAD']);
      },
    );

    it.each([
      ['JSON that is cut off', '{"email":'],
      ['a string', '"text"'],
      ['a list', '[]'],
      ['null', 'null'],
      ['JSON with a word without quotes', '{"password":correct-horse}'],
    ])('refuses a body that is %s, and quotes nothing of it', async (_, text) => {
      const { status, body } = await new Visitor(node).post<Failure>('/auth/login', text);

      expect([status, body.error.code]).toEqual([400, 'INVALID_PAYLOAD']);
      expect(body.error.message).not.toMatch(/JSON|correct/);
    });
  });

  it.each([
    ['of 200 KB', 'utf-8', 'x'.repeat(200_000), 413, 'PAYLOAD_TOO_LARGE'],
    ['in an unknown charset', 'utf-99', '', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('refuses a body %s', async (_, charset, email, expected, code) => {
    const { status, body } = await new Visitor(node).request<Failure>('POST', '/auth/login', {
      body: { email },
      headers: { 'content-type': `application/json; charset=${charset}` },
    });

    expect([status, body.error.code]).toEqual([expected, code]);
  });

  it('sends the headers that browsers need to protect the page', async () => {
    const { headers } = await new Visitor(node).get('/session');

    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe-inline');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
