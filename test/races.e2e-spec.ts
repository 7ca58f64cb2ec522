import { beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisClientType } from 'redis';
import { SessionLinks } from '../src/shared-session/links/session-links.js';
import { eventually } from '../src/testing/eventually.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import type { TestSocket } from './support/test-socket.js';
import { Visitor } from './support/visitor.js';

/** Enough to lose some without what protects; `RACES=1000 npm test -- races` looks closer. */
const RACES = Number(process.env['RACES'] ?? 100);
const AT_ONCE = 50;

const linksOf = ({ app }: TestNode) => app.get(SessionLinks, { strict: false }).all();

/** Runs `race` many times, some at once, and calls `look` whenever those have finished. */
async function races<T>(
  race: (index: number) => Promise<T>,
  look: (results: T[]) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < RACES; start += AT_ONCE) {
    await look(await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => race(start + n))));
  }
}

describe('the end of a session', () => {
  const redisPrefix = uniquePrefix();
  const plainPrefix = uniquePrefix();
  let redis: RedisClientType;
  let a: TestNode;
  let b: TestNode;
  /** Plain express-session code. */
  let plain: PlainApp;
  let plainToo: PlainApp;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    redis = await openRedis(redisUrl);
    [a, b, plain, plainToo] = await Promise.all([
      startTestNode({ redisUrl, redisPrefix }),
      startTestNode({ redisUrl, redisPrefix }),
      startPlainApp(redisUrl, { prefix: plainPrefix, nodeName: 'plain' }),
      startPlainApp(redisUrl, { prefix: plainPrefix, nodeName: 'plain-too' }),
    ]);
  });

  it(`is final in ${String(RACES)} races of logout against writers over HTTP and sockets`, async () => {
    const race = async (): Promise<string> => {
      const visitor = new Visitor(plain);
      await visitor.post('/login');
      const { handle } = visitor;
      const socket = await visitor.connect(plainToo);
      const write = () => {
        socket.client.emit('count', 1);
        return visitor.post('/count');
      };

      const writers = [write(), write()];
      await pause(Math.random() * 4);
      const logout = visitor.post('/logout', undefined, plainToo);
      writers.push(write());
      await Promise.all([...writers, logout]);
      socket.client.disconnect();
      return `${plainPrefix}sess:{${handle}}`;
    };

    await races(race, async (records) => {
      expect(await redis.exists(records)).toBe(0);
      expect(await redis.zRange(`${plainPrefix}sessions:{user:ada}`, 0, -1)).toEqual([]);
    });
  }, 120_000);

  it(`leaves no socket when it comes during the handshake, ${String(RACES)} times`, async () => {
    let left = 0;
    const race = async (index: number): Promise<TestSocket> => {
      const visitor = await new Visitor(a).arrive();
      const socket = visitor.socket(index % 2 === 0 ? a : b);
      const settled = new Promise<void>((resolve) => {
        for (const event of ['session:ready', 'connect_error', 'disconnect']) {
          socket.client.once(event, () => resolve());
        }
      });

      await pause(Math.random() * 30);
      await visitor.logout(index % 3 === 0 ? a : b);

      await settled;
      return socket;
    };

    await races(race, async (sockets) => {
      await everyEndIsHeard();
      left += linksOf(a).length + linksOf(b).length;
      for (const { client } of sockets) client.disconnect();
      await eventually(() => linksOf(a).length === 0 && linksOf(b).length === 0);
    });

    // The sweep would find those that are left, but only after up to 5 s.
    expect(left).toBe(0);
  }, 120_000);

  /** Signals come in order: who hears of one more end has heard of all before it. */
  async function everyEndIsHeard(): Promise<void> {
    const last = await new Visitor(a).arrive();
    const sockets = [await last.connect(a), await last.connect(b)];
    await last.logout();
    await Promise.all(sockets.map((socket) => socket.next('session:ended')));
  }
});
