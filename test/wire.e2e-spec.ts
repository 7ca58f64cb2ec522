import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RedisClientType } from 'redis';
import { SessionsAdmin } from '../src/shared-session/index.js';
import { DocumentedCommands } from './support/documented-commands.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { openRedis, startRedisOfOwn } from './support/redis-under-test.js';
import { TcpProxy } from './support/tcp-proxy.js';
import type { TestSocket } from './support/test-socket.js';
import { Visitor } from './support/visitor.js';

/** The user of the document. */
const user = { kind: 'user', id: '42' } as const;
const SET = 'sessions:{user:42}';

describe('docs/wire.md', () => {
  let redis: RedisClientType;
  let wire: DocumentedCommands;
  let a: PlainApp;
  let b: PlainApp;
  let roles = 0;
  let visitor: Visitor;
  let socket: TestSocket;
  let HANDLE: string;

  const signIn = () => new Visitor(a).loginAs({ id: user.id, roles: [] });

  beforeAll(async () => {
    const url = await startRedisOfOwn();
    redis = await openRedis(url);
    wire = new DocumentedCommands('docs/wire.md', url);
    [a, b] = await Promise.all([
      startPlainApp(url, {}),
      startPlainApp(url, {
        loadUser: (found) => Promise.resolve({ ...found, roles: [`role ${String((roles += 1))}`] }),
      }),
    ]);
  });

  beforeEach(async () => {
    await a.app.get(SessionsAdmin).endAll(user);
    visitor = await signIn();
    HANDLE = visitor.handle;
    socket = await visitor.connect(b);
  });

  it('has no commands but those that are run here', () => {
    expect(wire.counts).toEqual({
      'What there is': 1,
      'List a user’s sessions': 2,
      'End a session': 1,
      'End all sessions of a user': 1,
      'Tell a user something': 1,
      'Tell one session something': 1,
      'Change a role': 1,
      'Have a user loaded anew': 1,
      'What not to do': 3,
    });
  });

  it('makes the handle of an id', async () => {
    expect(await wire.run('What there is', { SID: visitor.sid })).toBe(HANDLE);
  });

  it('lists the sessions of a user, and reads one', async () => {
    const second = await signIn();
    await redis.zAdd(SET, { value: 'one-that-has-expired', score: 1 });

    const listed = await wire.run('List a user’s sessions');
    const record = await wire.run('List a user’s sessions', { HANDLE }, 1);

    expect(listed.split('\n')).toEqual([HANDLE, second.handle]);
    expect(JSON.parse(record)).toMatchObject({ user: { id: '42' } });
    await redis.zRem(SET, 'one-that-has-expired');
  });

  it('ends one session, and no other of the user’s', async () => {
    const second = await signIn();
    const other = await second.connect(b);

    await wire.run('End a session', { HANDLE });

    expect(await socket.ended()).toBe('revoked');
    expect((await visitor.get('/me')).body).toEqual({});
    expect(await redis.zRange(SET, 0, -1)).toEqual([second.handle]);
    expect((await other.ask('count', 1)).ok).toBe(true);
  });

  it('ends all sessions of a user', async () => {
    const other = await (await signIn()).connect(a);

    await wire.run('End all sessions of a user');

    expect(await socket.ended()).toBe('revoked');
    expect(await other.ended()).toBe('revoked');
    expect(await redis.exists(SET)).toBe(0);
  });

  it('ends what is written again meanwhile, for the mark comes first', async () => {
    await redis.zAdd(SET, { value: HANDLE, score: 0 });

    await visitor.post('/count');

    expect(await socket.ended()).toBe('revoked');
    expect(await redis.exists(`sess:{${HANDLE}}`)).toBe(0);
  });

  it('tells all sockets of a user something, and nobody else’s', async () => {
    const other = await (await new Visitor(a).loginAs({ id: '43' })).connect(b);
    const here = await visitor.connect(a);

    expect(await wire.run('Tell a user something')).toBe('2');

    expect(await socket.next('order:shipped')).toEqual({ order: 7 });
    expect(await here.next('order:shipped')).toEqual({ order: 7 });
    await other.ask('count', 1);
    expect(other.unread).not.toContain('order:shipped');
  });

  it('tells one session something, and no other of the user’s', async () => {
    const other = await (await signIn()).connect(b);

    expect(await wire.run('Tell one session something', { HANDLE })).toBe('1');

    expect(await socket.next('order:shipped')).toEqual({ order: 7 });
    await other.ask('count', 1);
    expect(other.unread).not.toContain('order:shipped');
  });

  it('changes a role, and sockets hear of it', async () => {
    const here = await visitor.connect(a);

    expect(await wire.run('Change a role', { HANDLE })).toBe('1');

    const hasRole = ({ user: { roles } }: { user: { roles: string[] } }) => roles.includes('admin');
    await here.next('session:changed', hasRole);
    expect((await visitor.get('/me')).body).toMatchObject({ user: { roles: ['admin'] } });
  });

  it('has a user loaded anew', async () => {
    await wire.run('Have a user loaded anew');

    await socket.next('session:changed');
  });

  it('says what a bare DEL leaves: rights and sockets, until the sweep', async () => {
    await wire.run('What not to do', { HANDLE });

    expect((await visitor.get('/me')).body).toEqual({});
    expect(await redis.zScore(SET, HANDLE)).toBeGreaterThan(Date.now());
    expect(await socket.ended()).toBe('revoked');
  });

  it('says that a session comes back that was taken out of the set', async () => {
    await wire.run('What not to do', { HANDLE }, 1);
    expect(await redis.zScore(SET, HANDLE)).toBeNull();

    await visitor.get('/me');

    expect(await redis.zScore(SET, HANDLE)).toBeGreaterThan(Date.now());
  });

  it('says that PUBLISH reaches nobody', async () => {
    expect(await wire.run('What not to do', { HANDLE }, 2)).toBe('0');
  });
});

describe('docs/wire.md on a Redis older than 7', () => {
  it('ends and changes sessions, with PUBLISH', async () => {
    const redis = await TcpProxy.to(await startRedisOfOwn());
    redis.redisMajor = 6;
    const wire = new DocumentedCommands('docs/wire.md', redis.url, 'PUBLISH');
    const node = await startPlainApp(redis.url, {});
    const visitor = await new Visitor(node).loginAs({ id: user.id, roles: [] });
    const socket = await visitor.connect(node);

    expect(await wire.run('Change a role', { HANDLE: visitor.handle })).toBe('1');
    await socket.next('session:changed');
    await wire.run('End all sessions of a user');

    expect(await socket.ended()).toBe('revoked');
  });
});
