import { setImmediate } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  closeRedisClients,
  type LimitOptions,
  openRedisClients,
  type RedisClients,
  SessionKeys,
} from '../src/shared-session/index.js';
import { SocketCounts } from '../src/shared-session/limits/socket-counts.js';
import type { NodeLife } from '../src/shared-session/signals/node-life.js';
import { eventually } from '../src/testing/eventually.js';
import { stopAfterwards } from './support/cleanup.js';
import { startLimitedNodes } from './support/limited-nodes.js';
import { RedisProxy } from './support/redis-proxy.js';
import { startRedis } from './support/redis-under-test.js';
import type { TestSocket } from './support/test-socket.js';
import { uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const MOST = 5;

describe('sockets', () => {
  let redisUrl: string;

  beforeAll(async () => {
    redisUrl = await startRedis();
  });

  const startNodes = (limits: LimitOptions) => startLimitedNodes(redisUrl, limits);

  /** Those of these sockets that were let in. */
  async function letIn(sockets: readonly TestSocket[]): Promise<TestSocket[]> {
    const outcomes = sockets.map((socket) =>
      socket.refused().then(
        () => false,
        () => true,
      ),
    );
    const isIn = await Promise.all(outcomes);
    return sockets.filter((_, index) => isIn[index]);
  }

  it('of a principal are so many at most, whichever nodes are asked at once', async () => {
    const [a, b] = await startNodes({ socketsOfPrincipal: MOST });
    const [one, other] = [new Visitor(a), new Visitor(a)];
    for (const device of [one, other]) await device.loginAs({ id: 'ada' });

    const rounds = Array.from({ length: MOST });
    const tabs = rounds.flatMap(() => [
      one.socket(a),
      one.socket(b),
      other.socket(a),
      other.socket(b),
    ]);

    expect(await letIn(tabs)).toHaveLength(MOST);
  });

  it('beyond that are refused, and told when to come back', async () => {
    const [a, b] = await startNodes({ socketsOfPrincipal: 1 });
    const visitor = await new Visitor(a).arrive();
    await visitor.connect(a);

    const { data } = await visitor.socket(b).refused();

    expect(data).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 5000 } });
  });

  it('make room when they are closed', async () => {
    const [a, b] = await startNodes({ socketsOfPrincipal: 1 });
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect(a);

    socket.close();

    await eventually(async () => (await letIn([visitor.socket(b)])).length === 1);
  });

  it('of one connection in several namespaces are one', async () => {
    const [a] = await startNodes({ socketsOfPrincipal: 1 });
    const visitor = await new Visitor(a).arrive();
    const socket = await visitor.connect();

    const elsewhere = socket.client.io.socket('/elsewhere');
    const outcome = new Promise((resolve) => {
      elsewhere.once('connect', () => resolve('connected'));
      elsewhere.once('connect_error', resolve);
    });

    expect(await outcome).toBe('connected');
    elsewhere.disconnect();
  });

  it('of an address are so many at most, whoever they are', async () => {
    const [a, b] = await startNodes({ socketsOfAddress: MOST });
    const visitors = Array.from({ length: 2 * MOST }, () => new Visitor(a));
    for (const visitor of visitors) await visitor.arrive();

    const tabs = visitors.map((visitor, index) => visitor.socket(index % 2 === 0 ? a : b));

    expect(await letIn(tabs)).toHaveLength(MOST);
  });

  it('of other addresses are not bounded along with them', async () => {
    const [a, b] = await startNodes({ socketsOfAddress: 1 });
    for (const { app } of [a, b]) app.set('trust proxy', 1);
    const visitor = await new Visitor(a).arrive();
    await visitor.connect();
    const from = (address: string) =>
      visitor.socket(b, { extraHeaders: { 'x-forwarded-for': address } });

    const tabs = [from('203.0.113.1'), from('2001:db8:1:2::1'), from('2001:db8:1:3::1')];

    expect(await letIn(tabs)).toHaveLength(3);
    // Of the same /64.
    expect(await letIn([from('2001:db8:1:2::2')])).toHaveLength(0);
  });
});

/** A node's life, in the hands of the test. */
class Life implements Pick<NodeLife, 'name' | 'onBeat' | 'aliveAmong'> {
  readonly #listeners: ((isAnew: boolean) => void)[] = [];

  constructor(
    public name: string,
    readonly alive: Set<string>,
  ) {
    alive.add(name);
  }

  onBeat(listener: (isAnew: boolean) => void): void {
    this.#listeners.push(listener);
  }

  aliveAmong(names: readonly string[]): Promise<Set<string>> {
    return Promise.resolve(new Set(names.filter((name) => this.alive.has(name))));
  }

  beat(isAnew = false): void {
    for (const listener of this.#listeners) listener(isAnew);
  }

  /** Was taken for dead, and lives again. */
  beAnew(): void {
    this.alive.delete(this.name);
    this.name += ' again';
    this.alive.add(this.name);
    this.beat(true);
  }
}

describe('a count of sockets', () => {
  let proxy: RedisProxy;
  let clients: RedisClients;
  let alive: Set<string>;
  let key: string;

  beforeEach(async () => {
    proxy = await RedisProxy.to(await startRedis());
    clients = await openRedisClients(proxy.address);
    stopAfterwards(() => closeRedisClients(clients));
    alive = new Set();
    key = new SessionKeys(uniquePrefix()).limit('sockets', 'ada');
  });

  function nodeOf(name: string, { commands } = clients): { life: Life; counts: SocketCounts } {
    const life = new Life(name, alive);
    const options = { most: 2, commands, life: life as unknown as NodeLife, keyOf: () => key };
    return { life, counts: new SocketCounts(options) };
  }

  const counted = () => clients.commands.hGetAll(key);

  it('forgets those of a node that died', async () => {
    const [a, b] = [nodeOf('a'), nodeOf('b')];
    await a.counts.enter('ada');
    await a.counts.enter('ada');
    expect(await b.counts.enter('ada')).toBe(false);

    alive.delete('a');

    expect(await b.counts.enter('ada')).toBe(true);
    expect(await counted()).toEqual({ b: '1' });
  });

  it('has those again of a node that only counted as dead', async () => {
    const [a, b] = [nodeOf('a'), nodeOf('b')];
    await a.counts.enter('ada');
    await a.counts.enter('ada');

    a.life.beAnew();

    await eventually(async () => (await counted())['a again'] === '2');
    expect(await b.counts.enter('ada')).toBe(false);
  });

  it('learns when Redis is back of those that came and went meanwhile', async () => {
    const { life, counts } = nodeOf('a');
    await counts.enter('ada');
    proxy.cut();
    counts.leave('ada');
    expect(await counts.enter('ada')).toBe(true);
    expect(await counts.enter('ada')).toBe(true);
    // The node's own number is bounded all the same.
    expect(await counts.enter('ada')).toBe(false);
    proxy.heal();

    await eventually(async () => {
      life.beat();
      const inRedis = await counted().catch(() => null);
      return inRedis?.['a'] === '2';
    });
  });

  /** Redis has forgotten the script when the first command comes, and knows it again for the next. */
  function lateAtFirst(): Pick<RedisClients, 'commands'> {
    const { commands } = clients;
    const asked: Promise<unknown>[] = [];
    const evalSha: typeof commands.evalSha = async (...args) => {
      const isFirst = asked.length === 0;
      const answer = isFirst ? setImmediate() : commands.evalSha(...args);
      asked.push(answer);
      await answer;
      if (!isFirst) return answer as ReturnType<typeof commands.evalSha>;
      await Promise.all(asked);
      throw new Error('NOSCRIPT No matching script.');
    };
    const late = new Proxy(commands, {
      get: (target, name) =>
        name === 'evalSha' ? evalSha : (Reflect.get(target, name) as unknown),
    });
    return { commands: late };
  }

  it('is right though Redis takes two commands in another order than they were sent in', async () => {
    const [a, b] = [nodeOf('a', lateAtFirst() as RedisClients), nodeOf('b')];
    // The script is known.
    await b.counts.enter('ada');
    b.counts.leave('ada');
    await eventually(async () => Object.keys(await counted()).length === 0);

    const entered = await Promise.all([a.counts.enter('ada'), a.counts.enter('ada')]);

    expect(entered).toEqual([true, true]);
    expect(await b.counts.enter('ada')).toBe(false);
  });

  it('lets in as many as there is room for of those who come at once', async () => {
    const { counts } = nodeOf('a');
    const first = counts.enter('ada');
    const others = [counts.enter('ada'), counts.enter('ada'), counts.enter('ada')];

    expect(await Promise.all([first, ...others])).toEqual([true, true, false, false]);
    expect(await counted()).toEqual({ a: '2' });
  });

  it('is gone with the last socket', async () => {
    const { counts } = nodeOf('a');
    await counts.enter('ada');

    counts.leave('ada');

    await eventually(async () => Object.keys(await counted()).length === 0);
  });
});
