import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { type Answer, PASSWORD, Visitor } from './support/visitor.js';

describe('sign-ins', () => {
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    redisUrl = await startRedis();
  });

  beforeEach(async () => {
    const redisPrefix = uniquePrefix();
    const start = () => startTestNode({ redisUrl, redisPrefix, rateLimits: {}, trustProxy: 1 });
    [a, b] = [await start(), await start()];
  });

  afterEach(async () => {
    await Promise.all([a.stop(), b.stop()]);
  });

  function guess(
    email: string,
    { at = a, from = '192.0.2.1', visitor = new Visitor(a), password = 'not the password' } = {},
  ): Promise<Answer<{ error?: { code: string } }>> {
    const headers = { 'x-forwarded-for': from };
    return visitor.request('POST', '/auth/login', { body: { email, password }, headers, at });
  }

  const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

  async function guesses(email: string, count: number, from?: string): Promise<Answer[]> {
    const answers: Answer[] = [];
    while (answers.length < count) {
      const at = answers.length % 2 === 0 ? a : b;
      answers.push(await guess(email, { at, ...(from !== undefined && { from }) }));
    }
    return answers;
  }

  it('that fail are five a minute for an account and an address, over all nodes', async () => {
    const owner = await new Visitor(a).register();

    expect(statuses(await guesses(owner.email, 6))).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await guess(owner.email, { from: '192.0.2.2' })).status).toBe(401);
  });

  it('are looked at no more often when they come at once', async () => {
    const { email } = await new Visitor(a).register();

    const answers = await Promise.all(Array.from({ length: 20 }, () => guess(email)));

    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it('are refused alike for known and unknown accounts', async () => {
    const owner = await new Visitor(a).register();

    const known = (await guesses(owner.email, 6)).at(-1);
    const unknown = (await guesses(`${randomUUID()}@example.com`, 6, '192.0.2.3')).at(-1);

    const told = (answer?: Answer) => {
      const { error } = answer?.body as { error: { code: string; message: string } };
      const policy = answer?.headers.get('ratelimit-policy');
      return { status: answer?.status, policy, code: error.code, message: error.message };
    };
    expect(told(known)).toEqual(told(unknown));
    expect(told(known)).toMatchObject({
      code: 'RATE_LIMITED',
      policy: '"sign-ins";q=60;w=60, "guesses-here";q=5;w=60',
    });
    expect(Number(known?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('that succeed count for no account', async () => {
    const owner = await new Visitor(a).register();

    const answers: Answer[] = [];
    while (answers.length < 8) answers.push(await guess(owner.email, { password: PASSWORD }));

    expect(new Set(statuses(answers))).toEqual(new Set([200]));
  });

  it('from many addresses are a hundred an hour for an account, and do not lock the owner out', async () => {
    const owner = await new Visitor(a).register();
    const from = (index: number) => `198.51.100.${String(index)}`;

    const answers: Answer[] = [];
    while (answers.length < 101) {
      answers.push(await guess(owner.email, { from: from(answers.length) }));
    }

    expect(statuses(answers.slice(-2))).toEqual([401, 429]);
    // From a device that the owner has not signed in from before.
    const options = { from: '203.0.113.1', password: PASSWORD };
    expect((await guess(owner.email, options)).status).toBe(429);
    expect((await guess(owner.email, { ...options, visitor: owner })).status).toBe(200);
    // The page’s first call after a login.
    await owner.get('/session');
    await owner.logout();
    expect((await guess(owner.email, { ...options, visitor: owner })).status).toBe(200);
  });

  it('from a known device are bounded too, by themselves', async () => {
    const owner = await new Visitor(a).register();
    await owner.get('/session');
    const answers: Answer[] = [];

    while (answers.length < 6) answers.push(await guess(owner.email, { visitor: owner }));

    expect(statuses(answers)).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('of another account gain nothing by a device’s cookie', async () => {
    const [owner, other] = [await new Visitor(a).register(), await new Visitor(a).register()];
    await other.get('/session');
    await guesses(owner.email, 5);

    expect((await guess(owner.email, { visitor: other })).status).toBe(429);
  });

  it('are sixty a minute for an address, whatever the accounts', async () => {
    const answers: Answer[] = [];
    while (answers.length < 61) answers.push(await guess(`${randomUUID()}@example.com`));

    expect(statuses(answers.slice(-2))).toEqual([401, 429]);
  });

  it('from a device leave a cookie that scripts cannot read, and that is not the session’s', async () => {
    const owner = await new Visitor(a).register();

    const answer = await owner.get('/session');

    const device = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('device='));
    expect(device).toMatch(/; HttpOnly/);
    expect(device).toMatch(/; SameSite=Strict/);
  });

  it('to new accounts are ten registrations an hour for an address', async () => {
    const register = () =>
      new Visitor(a).post('/auth/register', {
        email: `${randomUUID()}@example.com`,
        password: PASSWORD,
        name: 'V',
      });
    const answers: Answer[] = [];
    while (answers.length < 11) answers.push(await register());

    expect(statuses(answers.slice(-2))).toEqual([201, 429]);
  });

  it('take a password as it was typed, spaces and all', async () => {
    const email = `${randomUUID()}@example.com`;
    const password = '  spaces around  ';
    await new Visitor(a).post('/auth/register', { email, password, name: 'V' });

    expect((await guess(email, { password: password.trim() })).status).toBe(401);
    expect((await guess(email, { password })).status).toBe(200);
  });
});
