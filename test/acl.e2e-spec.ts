import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RedisClientType } from 'redis';
import { redisUsers } from '../scripts/redis-acl.js';
import {
  closeRedisClients,
  openRedisClients,
  RedisReadiness,
  SessionKeys,
  SharedSessionConfigError,
  SignalProbe,
  SocketPresence,
} from '../src/shared-session/index.js';
import { Announcer } from '../src/shared-session/diagnostics/announcer.js';
import { PubSub } from '../src/shared-session/redis/pub-sub.js';
import type { ResolvedOptions } from '../src/shared-session/shared-session.options.js';
import { Shards } from '../src/shared-session/signals/shards.js';
import { eventually } from '../src/testing/eventually.js';
import { stopAfterwards } from './support/cleanup.js';
import { listen } from './support/log-lines.js';
import { NodeProcess } from './support/node-process.js';
import { startPlainApp } from './support/plain-app.js';
import { openRedis } from './support/redis-under-test.js';
import { type AclOptions, startRedisWithAcl } from './support/redis-with-acl.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { startTestNode, uniquePrefix } from './support/test-node.js';
import { operation, PASSWORD, Visitor } from './support/visitor.js';
import { startWorker } from './support/worker.js';

const ADA = { kind: 'user', id: 'ada' } as const;

/** What every user may send, and what only the test does. */
const OF_NO_ROLE = ['hello', 'config|resetstat'];

async function start(options: AclOptions = {}): Promise<string> {
  const redis = await startRedisWithAcl(options);
  stopAfterwards(() => redis.stop());
  return redis.url;
}

/** The commands that a user of deploy/redis.acl has a right to. */
function rightsOf(user: string): string[] {
  const rules = redisUsers({ prefix: '', extra: [] }).get(user) ?? '';
  return rules.split(' ').flatMap((rule) => (rule.startsWith('+') ? rule.slice(1) : []));
}

/** The commands that Redis has run, those of scripts too. */
function commandsIn(stats: string): string[] {
  const names = [...stats.matchAll(/^cmdstat_([\w|]+):/gm)].map(([, name = '']) => name);
  return names.filter((name) => !OF_NO_ROLE.includes(name));
}

/** Three sign-ins of a user who may have two sessions, sockets, saves, a list of devices, and an end. */
async function useLibrary(url: string): Promise<void> {
  const app = await startPlainApp(url, { prefix: uniquePrefix(), maxSessions: 2 });
  const visitors = [new Visitor(app), new Visitor(app), new Visitor(app)] as const;
  for (const visitor of visitors) {
    await visitor.loginAs({ id: ADA.id });
    await visitor.connect();
    await visitor.post('/count');
  }
  const presence = app.app.get(SocketPresence, { strict: false });
  await eventually(async () => (await presence.count(ADA)).size > 0);
  await visitors[2].post('/logout');
  await app.stop();
}

/** A worker lists, changes and ends sessions, and emits. A node that may do everything has made them. */
async function useWorker(url: string): Promise<void> {
  const prefix = uniquePrefix();
  const nodesUrl = url.replace(/\/\/.*@/, '//');
  const app = await startPlainApp(nodesUrl, { prefix });
  await new Visitor(app).loginAs({ id: ADA.id });
  await app.stop();
  const redis = await openRedis(url);
  // Nobody was active for long: the worker, too, has to keep the mark of an end.
  await redis.pExpire(`${prefix}sessions:{user:ada}`, 60_000);
  await redis.configResetStat();
  const worker = await startWorker({ redis: url, prefix });
  await worker.sessions.updateAll(ADA, (data) => Object.assign(data, { theme: 'dark' }));
  await worker.emitter.toPrincipal(ADA).emit('news');
  await worker.sessions.endAll(ADA);
  await worker.stop();
}

/** What a user does with the reference server, and a guest who becomes that user. */
async function useServer(url: string): Promise<void> {
  const node = await startTestNode({ redisUrl: url, redisPrefix: uniquePrefix() });
  const visitor = await new Visitor(node).register();
  const socket = await visitor.connect();
  await socket.ask('cart:apply', operation('add', 'scale', 1));
  await socket.ask('cart:sync', { version: 0, revision: '' });
  const { operationId } = operation('set', 'scale', 0);
  await socket.ask('cart:apply', { operationId, type: 'clear' });
  await eventually(async () => {
    const { body } = await visitor.get<{ sockets: number }[]>('/devices');
    return body[0]?.sockets === 1;
  });
  await visitor.logout();
  await visitor.arrive();
  await visitor.login();
  // Another account has its address.
  await visitor.post('/auth/register', { email: visitor.email, password: PASSWORD, name: 'V' });
  await node.stop();
}

describe.each([
  ['library', useLibrary],
  ['nodes', useServer],
  ['worker', useWorker],
] as const)('the user %s of deploy/redis.acl', (user, use) => {
  it('has a right to each command that is sent, and to no other', async () => {
    const url = await start({ user });
    const redis = await openRedis(url);
    await redis.configResetStat();

    await use(url);

    const sent = commandsIn(await redis.info('commandstats'));
    expect(sent.sort()).toEqual(rightsOf(user).sort());
    expect(await redis.aclLog()).toEqual([]);
  });
});

describe('with the rights of a node', () => {
  let redis: RedisClientType;

  beforeAll(async () => {
    const clients = await openRedisClients(await start());
    stopAfterwards(() => closeRedisClients(clients));
    redis = clients.commands;
  });

  it.each([
    ['another command', ['FLUSHALL']],
    ['the names of keys', ['SCAN', '0']],
    ['a key of somebody else', ['GET', 'other:sess:{1}']],
    ['a key that is of its prefix alone', ['GET', 'test-1:other']],
    ['such a key by a script', ['EVAL', 'return redis.call("GET", "test-1:other")', '0']],
    ['a channel of somebody else', ['SPUBLISH', 'other:session:{1}', '']],
  ])('Redis refuses %s', async (_, command) => {
    await expect(redis.sendCommand(command)).rejects.toThrow(/NOPERM|ERR The user|ACL failure/);
  });
});

describe('on a Redis older than 7, with rights to Pub/Sub that is not sharded', () => {
  it('a change on one node reaches the user on the other', async () => {
    // Redis compares patterns that are subscribed to with those of the file as they are.
    const redisPrefix = uniquePrefix();
    const proxy = await TcpProxy.to(await start({ prefix: redisPrefix, extra: ['classic'] }));
    proxy.redisMajor = 6;
    const settings = { redisUrl: proxy.url, redisPrefix };
    const [a, b] = [await startTestNode(settings), await startTestNode(settings)];
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);

    await visitor.post('/cart/operations', operation('add', 'scale', 1));

    expect(await socket.next('cart:changed')).toMatchObject({ version: 1 });
  });
});

describe('where Redis refuses what a node needs', () => {
  let log: string[];

  beforeEach(() => {
    log = listen('error');
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const startWithout = async (right: string) =>
    startTestNode({ redisUrl: await start({ without: [right] }), redisPrefix: uniquePrefix() });
  const told = (what: string) =>
    log.filter((line) => line.startsWith(what) && line.includes('docs/redis.md'));

  it.each([
    ['+ping', 'PING'],
    ['+info', 'INFO'],
    ['+time', 'TIME'],
    ['+set', 'SET'],
    ['+get', 'GET'],
    ['+del', 'DEL'],
    ['~test-*:shared-session:ready:*', 'SET'],
    ['~test-*:shared-session:node:*', 'SET'],
    ['+ssubscribe', 'SSUBSCRIBE'],
    ['+spublish', 'SPUBLISH'],
    ['&test-*:shared-session:probe:*', 'SSUBSCRIBE'],
  ])(
    'it does not start without %s, and says what it may not do and where the rights are listed',
    async (right, command) => {
      // In a process of its own: what a start that failed has opened ends with it.
      const settings = {
        REDIS_URL: await start({ without: [right] }),
        REDIS_PREFIX: uniquePrefix(),
      };

      const started = NodeProcess.start('refused', settings);

      await expect(started).rejects.toThrow(
        new RegExp(
          `at its start\\. ${command}: NOPERM .*\\n.*\\n.*the right to ${command}, .*docs/redis\\.md`,
        ),
      );
    },
  );

  /** What the parts of a node get that have to do with the start. */
  async function optionsWithout(right: string): Promise<ResolvedOptions> {
    const redis = await openRedisClients(await start({ without: [right] }));
    stopAfterwards(() => closeRedisClients(redis));
    return { redis, instance: 'a' } as unknown as ResolvedOptions;
  }

  it('does not start where it could not read what it writes', async () => {
    const keys = new SessionKeys(uniquePrefix());
    const readiness = new RedisReadiness(await optionsWithout('+get'), keys);

    await expect(readiness.onModuleInit()).rejects.toThrow(SharedSessionConfigError);
  });

  it('does not start where it could not call itself', async () => {
    const options = await optionsWithout('+spublish');
    const parts = [new SessionKeys(uniquePrefix()), new PubSub(true), new Shards(options)] as const;
    const probe = new SignalProbe(options, ...parts, new Announcer('a', { now: () => 0 }));

    await expect(probe.onModuleInit()).rejects.toThrow(SharedSessionConfigError);
  });

  it('opens no clients, and says that it is refused', async () => {
    const opened = openRedisClients(await start({ without: ['+ping'] }));

    await expect(opened).rejects.toThrow(SharedSessionConfigError);
  });

  it.each(['+evalsha', '+pttl', '~test-*:sessions:{*}'])(
    'requests are refused without %s, and the log says so once',
    async (right) => {
      const visitor = new Visitor(await startWithout(right));

      const answers = [await visitor.get('/session'), await visitor.post('/auth/logout')];

      expect(answers.map(({ status }) => status)).toContain(503);
      const lines = told('Redis refuses a command: ');
      expect(lines).toEqual([...new Set(lines)]);
      expect(lines).not.toEqual([]);
    },
  );

  it.each(['&test-*:session:{*}', '&test-*:socket.io#*'])(
    'it lets no socket in without %s, and the log says so',
    async (right) => {
      const visitor = await new Visitor(await startWithout(right)).arrive();

      const { data } = await visitor.socket().refused();

      expect(data).toMatchObject({ code: 'UNAVAILABLE' });
      expect(told('Redis refuses a subscription: ')).not.toEqual([]);
    },
  );
});
