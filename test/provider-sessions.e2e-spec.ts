import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { RedisClientType } from 'redis';
import {
  type ProviderLogin,
  ProviderSessions,
  type SessionEvent,
  SessionKeys,
  Sessions,
} from '../src/shared-session/index.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { Gate } from './support/gate.js';
import { startProviderApp } from './support/provider-app.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const issuer = 'https://login.example';

describe('sessions that came of a login at an identity provider', () => {
  const prefix = uniquePrefix();
  const keys = new SessionKeys(prefix);
  let redis: RedisClientType;
  let a: TestNode;
  let b: TestNode;
  let providers: ProviderSessions;
  /** Braces are a part of Redis' names for where a key is. */
  let sub: string;
  let sid: string;

  beforeAll(async () => {
    const redisUrl = await startRedis('oidc');
    redis = await openRedis(redisUrl);
    [a, b] = await Promise.all([
      startProviderApp({ redisUrl, prefix }),
      startProviderApp({ redisUrl, prefix }),
    ]);
    providers = a.app.get(ProviderSessions, { strict: false });
  });

  beforeEach(() => {
    [sub, sid] = [`{${randomUUID()}`, `}${randomUUID()}`];
  });

  async function signedIn(login: Partial<ProviderLogin> = {}): Promise<Visitor> {
    const visitor = new Visitor(a);
    await visitor.post('/via', { issuer, sub, ...login });
    return visitor;
  }

  const isSignedIn = async (visitor: Visitor) =>
    'user' in (await visitor.get<object>('/me', b)).body;

  it('end with the session there, on every node, and no other does', async () => {
    const [visitor, other] = [await signedIn({ sid }), await signedIn({ sid: randomUUID() })];
    const [socket, othersSocket] = [await visitor.connect(b), await other.connect(b)];

    await providers.end({ issuer, sid });

    expect(await socket.ended()).toBe('revoked');
    expect(await isSignedIn(visitor)).toBe(false);
    expect(othersSocket.client.connected).toBe(true);
    expect(await isSignedIn(other)).toBe(true);
  });

  it('end all together with their user there, and no other user’s do', async () => {
    const [first, second] = [await signedIn({ sid }), await signedIn()];
    const elsewhere = await signedIn({ issuer: 'https://other.example' });
    const sockets = [await first.connect(a), await second.connect(b)];

    await providers.end({ issuer, sub });

    for (const socket of sockets) expect(await socket.ended()).toBe('revoked');
    expect(await isSignedIn(elsewhere)).toBe(true);
  });

  it('end too where they do not know the session that they came of', async () => {
    const [unnamed, other] = [await signedIn(), await signedIn({ sid: randomUUID() })];

    await providers.end({ issuer, sid, sub });

    expect(await isSignedIn(unnamed)).toBe(false);
    expect(await isSignedIn(other)).toBe(true);
  });

  it('say in the audit trail that the provider ended them', async () => {
    const told: SessionEvent[] = [];
    a.app.get(Sessions, { strict: false }).onEvent((event) => told.push(event));
    const { handle } = await signedIn({ sid });

    await providers.end({ issuer, sid });

    const ended = told.filter((event) => event.type === 'ended' && event.handle === handle);
    expect(ended).toMatchObject([{ reason: 'revoked', by: 'provider' }]);
  });

  it('can be changed by what the provider tells, live', async () => {
    const visitor = await signedIn({ sid });
    const socket = await visitor.connect(b);

    await providers.updateAll({ issuer, sub }, (data) => {
      Object.assign(data, { user: { id: sub, roles: ['staff'] } });
    });

    expect(await socket.next('session:changed')).toMatchObject({ user: { roles: ['staff'] } });
  });

  it('remain tied to it after a change of the password', async () => {
    const visitor = await signedIn({ sid });
    await visitor.post('/again', { id: sub });
    expect(await isSignedIn(visitor)).toBe(true);

    await providers.end({ issuer, sid });

    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('are not tied to it where somebody else signs in', async () => {
    const visitor = await signedIn({ sid });
    await visitor.post('/again', { id: 'somebody else' });

    await providers.end({ issuer, sid });

    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('do not start when the session there has ended before', async () => {
    await providers.end({ issuer, sid });

    const answer = await new Visitor(a).post('/via', { issuer, sid, sub });

    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'SESSION_ENDED' } } });
    expect(await a.app.get(Sessions, { strict: false }).list({ kind: 'user', id: sub })).toEqual(
      [],
    );
  });

  it.each(['sid', 'sub'] as const)('do not start when their %s ends meanwhile', async (name) => {
    const enrol = providers.enrol.bind(providers);
    jest.spyOn(providers, 'enrol').mockImplementationOnce(async (handle, login) => {
      await enrol(handle, login);
      await providers.end(name === 'sid' ? { issuer, sid } : { issuer, sub });
    });

    const visitor = new Visitor(a);
    const answer = await visitor.post('/via', { issuer, sid, sub });

    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'SESSION_ENDED' } } });
    expect(await isSignedIn(visitor)).toBe(false);
    expect(await a.app.get(Sessions, { strict: false }).list({ kind: 'user', id: sub })).toEqual(
      [],
    );
  });

  it('do not start while the end of all of their user’s is under way', async () => {
    const stored = a.app.get(StoredSessions, { strict: false });
    const gate = new Gate();
    let ending: Promise<void> | undefined;
    const enrol = providers.enrol.bind(providers);
    jest.spyOn(providers, 'enrol').mockImplementationOnce(async (handle, login) => {
      await enrol(handle, login);
      await new Promise<void>((reached) => {
        jest.spyOn(stored, 'end').mockImplementationOnce(() => {
          reached();
          return gate.pass();
        });
        ending = providers.end({ issuer, sub });
      });
    });

    const answer = await new Visitor(a).post('/via', { issuer, sub });
    gate.open();
    await ending;

    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'SESSION_ENDED' } } });
  });

  it('are found by the provider before they can be used', async () => {
    const stored = a.app.get(StoredSessions, { strict: false });
    const start = stored.start.bind(stored);
    const sets = [keys.providerSession(issuer, sid), keys.providerSubject(issuer, sub)];
    let found: unknown[] = [];
    jest.spyOn(stored, 'start').mockImplementationOnce(async (handle, ...rest) => {
      found = await Promise.all(sets.map((set) => redis.zScore(set, handle)));
      await start(handle, ...rest);
    });

    await signedIn({ sid });

    expect(found).toEqual([expect.any(Number), expect.any(Number)]);
  });

  it('are all ended by the next try where the first one failed half way', async () => {
    const [first, second] = [await signedIn({ sid }), await signedIn({ sid })];
    const stored = a.app.get(StoredSessions, { strict: false });
    jest.spyOn(stored, 'end').mockRejectedValueOnce(new Error('cut off'));

    await expect(providers.end({ issuer, sid })).rejects.toThrow('cut off');
    await providers.end({ issuer, sid });

    expect(await Promise.all([first, second].map(isSignedIn))).toEqual([false, false]);
  });

  it('leave no more behind in the list of their user than a hundred', async () => {
    const set = keys.providerSubject(issuer, sub);
    const score = Date.now() + 3_600_000;
    const over = Array.from({ length: 120 }, (_, i) => ({ value: `over-${String(i)}`, score }));
    await redis.zAdd(set, over);

    const visitor = await signedIn();

    expect(await redis.zRange(set, 0, -1)).toEqual([visitor.handle]);
  });

  it.each([
    ['issuer', { issuer: '' }],
    ['sid', { sid: 'x'.repeat(513) }],
  ])('need a usable %s', async (_, login) => {
    expect((await new Visitor(a).post('/via', { issuer, sub, ...login })).status).toBe(500);
  });
});
