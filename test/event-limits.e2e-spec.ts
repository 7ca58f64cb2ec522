import 'reflect-metadata';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Module } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  AnySession,
  closeRedisClients,
  Cost,
  Limit,
  type LimitOptions,
  onDiagnostics,
  openRedisClients,
  type RedisAddress,
  SessionController,
  type SessionEnded,
  SessionKeys,
  type SharedSessionDiagnostics,
} from '../src/shared-session/index.js';
import { LEASE } from '../src/shared-session/limits/bucket.script.js';
import { Budgets } from '../src/shared-session/limits/budgets.js';
import type { Rate } from '../src/shared-session/limits/rate.js';
import { startApp } from '../src/testing/test-node.js';
import { cleanup, stopAfterwards } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { RedisProxy } from './support/redis-proxy.js';
import { sharedSession } from './support/shared-session.js';
import type { TestSocket } from './support/test-socket.js';
import { type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

/** So that nothing comes back while a test lasts. */
const SLOWLY = 0.001;
const BURST = 24;
const EVENTS: LimitOptions = { events: { perSecond: SLOWLY, burst: BURST } };

@WebSocketGateway()
@AnySession()
class LimitedGateway {
  @SubscribeMessage('cheap')
  cheap(): string {
    return 'done';
  }

  @SubscribeMessage('dear')
  @Cost(5)
  dear(): string {
    return 'done';
  }

  @SubscribeMessage('free')
  @Cost(0)
  free(): string {
    return 'done';
  }

  @SubscribeMessage('rare')
  @Limit({ perSecond: SLOWLY, burst: 2 })
  rare(): string {
    return 'done';
  }
}

/** All clients of a test have one address. */
const NO_ADDRESS_LIMITS: LimitOptions = {
  handshakes: false,
  guests: false,
  socketsOfAddress: false,
};

interface ThreeNodes {
  readonly all: readonly [Budgets, Budgets, Budgets];
}

describe('events', () => {
  let redisUrl: string;

  beforeAll(async () => {
    redisUrl = await startRedis();
  });

  async function start(limits: LimitOptions, prefix = uniquePrefix()): Promise<TestNode> {
    @Module({
      imports: [sharedSession(redisUrl, { prefix, limits: { ...NO_ADDRESS_LIMITS, ...limits } })],
      controllers: [SessionController],
      providers: [LimitedGateway],
    })
    class LimitedModule {}
    const running = await startApp(LimitedModule, cleanup);
    return { ...running, name: '', isPlain: true };
  }

  /** How many of so many events were taken. */
  async function passed(socket: TestSocket, event: string, count: number): Promise<number> {
    let taken = 0;
    for (let sent = 0; sent < count; sent += 1) if ((await socket.ask(event)).ok) taken += 1;
    return taken;
  }

  it('of a principal are bounded together, over all tabs and nodes', async () => {
    const prefix = uniquePrefix();
    const [a, b] = await Promise.all([start(EVENTS, prefix), start(EVENTS, prefix)]);
    const visitor = await new Visitor(a).arrive();
    const opened = [visitor.connect(a), visitor.connect(a), visitor.connect(b)] as const;
    const [first, second, third] = await Promise.all(opened);

    const taken = [
      await passed(first, 'cheap', BURST / 3),
      await passed(second, 'cheap', BURST / 3),
      await passed(third, 'cheap', BURST / 3 + 5),
      // What the other node has leased and not given yet.
      await passed(first, 'cheap', 5),
    ];

    expect(taken.reduce((sum, each) => sum + each)).toBe(BURST);
  });

  it('of others are not bounded along with them', async () => {
    const node = await start(EVENTS);
    const [greedy, modest] = [new Visitor(node), new Visitor(node)];
    await passed(await (await greedy.arrive()).connect(), 'cheap', BURST + 5);

    const socket = await (await modest.arrive()).connect();

    expect(await passed(socket, 'cheap', BURST)).toBe(BURST);
  });

  it('beyond the limit are told how long to wait, and the connection stays', async () => {
    const node = await start({ events: { perSecond: 0.1, burst: 1 } });
    const socket = await (await new Visitor(node).arrive()).connect();
    await passed(socket, 'cheap', 1);

    const answer = await socket.ask('cheap');

    const details = { retryAfterMs: expect.any(Number) };
    const error = { code: 'RATE_LIMITED', message: expect.any(String), details };
    expect(answer).toEqual({ ok: false, error });
    const { retryAfterMs } = (answer as { error: { details: { retryAfterMs: number } } }).error
      .details;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(10_000);
    expect((await socket.ask('free')).ok).toBe(true);
  });

  it('beyond the limit are published', async () => {
    const node = await start({ events: { perSecond: SLOWLY, burst: 1 } });
    const visitor = await new Visitor(node).arrive();
    const socket = await visitor.connect();
    const hits: SharedSessionDiagnostics['limit.hit'][] = [];
    const stop = onDiagnostics('limit.hit', (hit) => hits.push(hit));

    await passed(socket, 'cheap', 2);
    stop();

    const principal = { kind: 'guest', id: expect.any(String) };
    const retryAfterMs = expect.any(Number);
    expect(hits).toMatchObject([{ limit: 'events', principal, address: null, retryAfterMs }]);
  });

  it('are taken again after that time', async () => {
    const node = await start({ events: { perSecond: 50, burst: 1 } });
    const socket = await (await new Visitor(node).arrive()).connect();

    let taken = 0;
    while (taken < 3) {
      const answer = await socket.ask('cheap');
      if (answer.ok) taken += 1;
      else await waitAsTold(answer.error.details);
    }

    expect(taken).toBe(3);
  });

  it('take what @Cost() says, and nothing where they do not get all of it', async () => {
    const node = await start(EVENTS);
    const socket = await (await new Visitor(node).arrive()).connect();

    expect(await passed(socket, 'dear', 6)).toBe(4);
    expect(await passed(socket, 'cheap', 6)).toBe(BURST - 20);
    expect(await passed(socket, 'free', 5)).toBe(5);
  });

  it('that cost more than there can be take all', async () => {
    const node = await start({ events: { perSecond: SLOWLY, burst: 3 } });
    const socket = await (await new Visitor(node).arrive()).connect();

    expect(await passed(socket, 'dear', 1)).toBe(1);
    expect(await passed(socket, 'cheap', 1)).toBe(0);
  });

  it('with a @Limit() of their own take nothing of the others’', async () => {
    const node = await start(EVENTS);
    const socket = await (await new Visitor(node).arrive()).connect();

    expect(await passed(socket, 'rare', 4)).toBe(2);
    expect(await passed(socket, 'cheap', BURST)).toBe(BURST);
  });

  it('that were refused ten times in a minute close their connection, and no other of the session', async () => {
    const node = await start({ events: { perSecond: SLOWLY, burst: 1 } });
    const visitor = await new Visitor(node).arrive();
    const [deaf, quiet] = [await visitor.connect(), await visitor.connect()];

    await passed(deaf, 'cheap', 1);
    const answers = [];
    while (answers.length < 10) answers.push(await deaf.ask('cheap'));

    expect(answers.every(({ ok }) => !ok)).toBe(true);
    const ended: SessionEnded = { reason: 'slow-down', reconnect: 'now', retryAfterMs: 5000 };
    expect(await deaf.next('session:ended')).toEqual(ended);
    await deaf.next('disconnect');
    expect((await quiet.ask('free')).ok).toBe(true);
    await visitor.connect();
  });

  it('are not bounded with `limits: false`, nor is what has a @Limit()', async () => {
    const app = sharedSession(redisUrl, { limits: false });
    @Module({ imports: [app], controllers: [SessionController], providers: [LimitedGateway] })
    class UnlimitedModule {}
    const running = await startApp(UnlimitedModule, cleanup);
    const node: TestNode = { ...running, name: '', isPlain: true };
    const socket = await (await new Visitor(node).arrive()).connect();

    expect(await passed(socket, 'cheap', 70)).toBe(70);
    expect(await passed(socket, 'rare', 5)).toBe(5);
  });
});

/** As a client does that was told so. */
async function waitAsTold(details: unknown): Promise<void> {
  const { retryAfterMs } = details as { retryAfterMs: number };
  await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
}

describe('a budget', () => {
  let redisUrl: string;

  beforeAll(async () => {
    redisUrl = await startRedis();
  });

  /** What each of three nodes has of the same budgets. */
  async function nodes(rate: Rate, address: RedisAddress = redisUrl): Promise<ThreeNodes> {
    const clients = await openRedisClients(address);
    stopAfterwards(() => closeRedisClients(clients));
    const { commands } = clients;
    const keys = new SessionKeys(uniquePrefix());
    const keyOf = (who: string) => keys.limit('test', who);
    const node = () => new Budgets({ rate, commands, keyOf });
    return { all: [node(), node(), node()] };
  }

  /** How many of so many are given, all asked for at once. */
  async function given(budgets: readonly Budgets[], count: number): Promise<number> {
    const asked: Promise<number>[] = [];
    while (asked.length < count) for (const each of budgets) asked.push(each.take('ada'));
    return (await Promise.all(asked)).filter((waitMs) => waitMs === 0).length;
  }

  it('is given to the last token, and not one token more, whichever nodes are asked at once', async () => {
    const { all } = await nodes({ perSecond: SLOWLY, burst: 60 });

    expect(await given(all, 600)).toBe(60);
  });

  it('is used up to one lease a node, where some of the nodes are asked no more', async () => {
    const { all } = await nodes({ perSecond: SLOWLY, burst: 60 });
    const [one, ...others] = all;
    const first = await given(others, 2);

    const sum = first + (await given([one], 600));

    expect(sum).toBeLessThanOrEqual(60);
    // Each of the two has leased 5, and given one of them.
    expect(sum).toBeGreaterThanOrEqual(60 - 2 * 4);
  });

  it('is given out by the rate, whatever is asked', async () => {
    const rate = { perSecond: 200, burst: 20 };
    const { all } = await nodes(rate);
    const start = performance.now();
    let [taken, asked] = [0, 0];

    while (taken < 400) {
      taken += await given(all, all.length);
      asked += all.length;
      // Others have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }

    const seconds = (performance.now() - start) / 1000;
    expect(asked).toBeGreaterThan(taken);
    expect(taken).toBeLessThanOrEqual(rate.burst + rate.perSecond * seconds + 1);
  });

  it('costs a round trip for several tokens', async () => {
    const { all } = await nodes({ perSecond: SLOWLY, burst: 60 });
    const [node] = all;
    const scripts = jest.spyOn(LEASE, 'run');

    for (let taken = 0; taken < 60; taken += 1) expect(await node.take('ada')).toBe(0);

    expect(scripts.mock.calls.length).toBeLessThan(60 / 2);
  });

  it('is counted by each node for itself while Redis is away', async () => {
    const proxy = await RedisProxy.to(redisUrl);
    const { all } = await nodes({ perSecond: SLOWLY, burst: 24 }, proxy.address);
    const [node, other] = all;
    proxy.cut();

    expect([await given([node], 50), await given([other], 50)]).toEqual([24, 24]);
  });
});
