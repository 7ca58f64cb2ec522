import { setTimeout as pause } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { AnySession, type LimitOptions } from '../../src/shared-session/index.js';
import { startNodes, type TestNode, type TestSocket, Visitor } from '../../src/testing/index.js';
import { stopAfterwards } from '../support/cleanup.js';
import { type Figure, percentile, program, report } from '../support/program.js';
import { startRedisServer } from '../support/redis-under-test.js';
import { sharedSession } from '../support/shared-session.js';

/** The library's own default. */
const RATE = { perSecond: 20, burst: 60 };
/** What a node holds of that at a time. */
const LEASE = 5;
const TABS = 10;
const TIMES_THE_LIMIT = 10;
const EVENTS = Number(process.env['EVENTS'] ?? 100_000);
const TICK_MS = (1000 * TABS) / (RATE.perSecond * TIMES_THE_LIMIT);
const SECONDS = EVENTS / (RATE.perSecond * TIMES_THE_LIMIT);
const QUIET_SECONDS = 20;

@WebSocketGateway()
@AnySession()
class WorkGateway {
  @SubscribeMessage('work')
  work(): null {
    return null;
  }
}

/** All clients have one address. */
const LIMITS: LimitOptions = {
  events: RATE,
  handshakes: false,
  guests: false,
  socketsOfAddress: false,
};

/** A tab that sends and sends, and comes back at once when it was told to slow down. */
class GreedyTab {
  offered = 0;
  passed = 0;
  #socket: TestSocket | undefined;
  #isComing = false;

  constructor(
    private readonly visitor: Visitor,
    private readonly node: TestNode,
  ) {}

  async connect(): Promise<void> {
    this.#socket = await this.visitor.connect(this.node);
  }

  send(): void {
    this.offered += 1;
    const client = this.#socket?.client;
    if (!client?.connected) {
      void this.#comeBack();
      return;
    }
    client.emit('work', (answer: { ok: boolean }) => {
      if (answer.ok) this.passed += 1;
    });
  }

  async #comeBack(): Promise<void> {
    if (this.#isComing) return;
    this.#isComing = true;
    await this.connect().catch(() => undefined);
    this.#isComing = false;
  }

  close(): void {
    this.#socket?.client.disconnect();
  }
}

/** How long a modest user waits for answers, in ms, five times a second. */
async function modest(socket: TestSocket, seconds: number): Promise<number[]> {
  const waits: number[] = [];
  for (let sent = 0; sent < 5 * seconds; sent += 1) {
    const begun = performance.now();
    if ((await socket.ask('work')).ok) waits.push(performance.now() - begun);
    await pause(200);
  }
  return waits;
}

/** Sends from all tabs for so long; how many events passed, and in how many seconds. */
async function greedy(tabs: readonly GreedyTab[], seconds: number) {
  const before = passedBy(tabs);
  const begun = performance.now();
  // By the clock: a loop that was late makes up for it.
  for (let ticks = 0; performance.now() - begun < seconds * 1000;) {
    for (; ticks < (performance.now() - begun) / TICK_MS; ticks += 1)
      for (const tab of tabs) tab.send();
    await pause(TICK_MS / 2);
  }
  const lasted = (performance.now() - begun) / 1000;
  await pause(500);
  return { passed: passedBy(tabs) - before, lasted };
}

const passedBy = (tabs: readonly GreedyTab[]) => tabs.reduce((sum, { passed }) => sum + passed, 0);

function budgetFigure(
  what: string,
  passed: number,
  [least, most]: readonly [number, number],
): Figure {
  const target = `${String(Math.ceil(least))} to ${String(Math.floor(most))}`;
  return { what, measured: passed, target, met: passed >= least && passed <= most };
}

// One user sends ten times as much as the limit allows, from ten tabs on three nodes: the budget passes, no more and no less.
await program(async () => {
  const { url: redisUrl } = await startRedisServer();
  const { nodes, stop } = await startNodes(
    (redis) => {
      @Module({
        imports: [sharedSession(redis, { prefix: 'limits:', limits: LIMITS })],
        providers: [WorkGateway],
      })
      class WorkModule {}
      return WorkModule;
    },
    3,
    { redisUrl },
  );
  stopAfterwards(stop);
  const other = await new Visitor(nodes[0]).loginAs({ id: 'grace' });
  const theirs = await other.connect();
  await modest(theirs, 2);
  const quiet = await modest(theirs, QUIET_SECONDS);

  const user = await new Visitor(nodes[0]).loginAs({ id: 'ada' });
  const tabs = Array.from(
    { length: TABS },
    (_, at) => new GreedyTab(user, nodes[at % 3] ?? nodes[0]),
  );
  await Promise.all(tabs.map((tab) => tab.connect()));
  const beside = modest(theirs, Math.min(SECONDS, 60));
  const { passed, lasted } = await greedy(tabs, SECONDS);
  const busy = await beside;
  const budget = RATE.burst + RATE.perSecond * lasted;

  // A node dies: its tabs are gone, and what it had leased.
  const [dead, alive] = [
    tabs.filter((_, at) => at % 3 === 2),
    tabs.filter((_, at) => at % 3 !== 2),
  ];
  nodes[2].redis.cut();
  for (const tab of dead) tab.close();
  const after = await greedy(alive, Math.min(SECONDS, 60));
  // What came back between the two, half a second long, is in the bucket.
  const between = RATE.perSecond;
  const later = RATE.perSecond * after.lasted;

  const [before, during] = [percentile(quiet, 0.99), percentile(busy, 0.99)];
  return report(`Limits: ${String(EVENTS)} events of one user, ${String(TABS)} tabs, 3 nodes`, [
    budgetFigure('events that passed', passed, [0.98 * budget, 1.02 * budget]),
    budgetFigure('after a node died', after.passed, [
      0.98 * later - LEASE,
      1.02 * later + between + LEASE,
    ]),
    {
      what: 'another user’s p99 beside it, in ms (quiet: ' + before.toFixed(1) + ')',
      measured: during,
      target: `${(1.1 * before).toFixed(1)}, or 5 ms more`,
      met: during <= Math.max(1.1 * before, before + 5),
    },
  ]);
});
