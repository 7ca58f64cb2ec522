import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type LimitOptions, RateLimits } from '../src/shared-session/index.js';
import { HandshakeLimits } from '../src/shared-session/limits/handshake-limits.js';
import { eventually } from '../src/testing/eventually.js';
import { Gate } from './support/gate.js';
import { NO_LIMIT_YET, startLimitedNodes } from './support/limited-nodes.js';
import { startPlainApp } from './support/plain-app.js';
import { RedisProxy } from './support/redis-proxy.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

/** So that nothing comes back while a test lasts. */
const SLOWLY = 0.001;

describe('limits', () => {
  let redisUrl: string;

  beforeAll(async () => {
    redisUrl = await startRedis();
  });

  const startNodes = (limits: LimitOptions) => startLimitedNodes(redisUrl, limits);

  describe('handshakes of an address', () => {
    it('are refused before the upgrade where they are too many, over all nodes', async () => {
      const [a, b] = await startNodes({ handshakes: { perSecond: SLOWLY, burst: 12 } });
      const visitor = await new Visitor(a).arrive();

      const outcomes: string[] = [];
      while (outcomes.length < 20) {
        const socket = visitor.socket(outcomes.length % 2 === 0 ? a : b);
        outcomes.push(
          await socket.refused().then(
            ({ message }) => message,
            () => 'let in',
          ),
        );
      }

      expect(outcomes.filter((outcome) => outcome === 'let in')).toHaveLength(12);
      expect(outcomes.filter((outcome) => outcome === 'websocket error')).toHaveLength(8);
    });

    it('are told when to come back', async () => {
      const [a] = await startNodes({ handshakes: { perSecond: 0.1, burst: 1 } });
      const first = new Visitor(a).socket();
      await first.refused();

      const answer = await upgrade(a);

      expect(answer).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/);
      expect(answer).toMatch(/\r\nRetry-After: (10|[1-9])\r\n/);
      expect(answer).toMatch(/\{"error":\{"code":"RATE_LIMITED",.*"retryAfterMs":\d+/);
    });

    it('that are reset while they wait to be counted harm nothing', async () => {
      const [a] = await startNodes({});
      const limits = a.app.get(HandshakeLimits, { strict: false });
      const gate = new Gate();
      let asked = 0;
      limits.take = async () => {
        asked += 1;
        await gate.pass();
        return 0;
      };

      const socket = connect(Number(new URL(a.url).port), '127.0.0.1');
      socket.write(UPGRADE);
      await eventually(() => asked === 1);
      socket.resetAndDestroy();
      await eventually(async () => (await connectionsOf(a)) === 0);
      gate.open();

      expect((await new Visitor(a).arrive()).cookie).not.toBe('');
    });
  });

  describe('guests', () => {
    it('that start from an address are so many at most, and the answer says so', async () => {
      const [a, b] = await startNodes({ guests: { limit: 2, seconds: 3600 } });

      const answers = [
        await new Visitor(a).get('/session'),
        await new Visitor(b).get('/session'),
        await new Visitor(a).get('/session'),
      ];

      expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
      const [first, , last] = answers;
      expect(first?.headers.get('ratelimit-policy')).toBe('"guests";q=2;w=3600');
      expect(first?.headers.get('ratelimit')).toBe('"guests";r=1;t=3600');
      expect(last?.headers.get('ratelimit')).toMatch(/^"guests";r=0;t=3[56]\d\d$/);
      expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(3500);
      expect(last?.headers.getSetCookie()).toEqual([]);
      const details = { retryAfterMs: expect.any(Number) };
      expect(last?.body).toMatchObject({ error: { code: 'RATE_LIMITED', details } });
    });

    it('who have a session are asked for nothing', async () => {
      const [a] = await startNodes({ guests: { limit: 1, seconds: 3600 } });
      const visitor = await new Visitor(a).arrive();

      const { status, headers } = await visitor.get('/session');

      expect(status).toBe(200);
      expect(headers.get('ratelimit')).toBeNull();
    });
  });

  describe('a limit of the application’s own', () => {
    it('holds over all nodes, and gives back what was counted', async () => {
      const [a, b] = await startNodes({});
      const [one, other] = [a, b].map((node) =>
        node.app.get(RateLimits).window('orders', { limit: 2, seconds: 3600 }),
      );
      await one?.take('ada');
      await other?.take('ada');
      await one?.giveBack('ada');

      await other?.take('ada');

      await expect(one?.take('ada')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
      await other?.take('grace');
    });

    it('goes on counting while Redis is away', async () => {
      const proxy = await RedisProxy.to(redisUrl);
      const redis = proxy.address as string;
      const node = await startPlainApp(redis, { prefix: uniquePrefix(), limits: NO_LIMIT_YET });
      const limit = node.app.get(RateLimits).window('orders', { limit: 1, seconds: 3600 });
      proxy.cut();

      await limit.take('ada');

      await expect(limit.take('ada')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    });

    it.each([
      ['Big Letters', { limit: 1, seconds: 1 }],
      ['orders', { limit: 0, seconds: 1 }],
      ['orders', { limit: 1, seconds: 0.5 }],
    ])('is refused as %s %j', async (name, window) => {
      const [a] = await startNodes({});

      expect(() => a.app.get(RateLimits).window(name, window)).toThrow(RangeError);
    });

    it('lets everything pass with `limits: false`', async () => {
      const node = await startTestNode({ redisUrl, redisPrefix: uniquePrefix() });
      const limit = node.app.get(RateLimits, { strict: false }).window('orders', {
        limit: 1,
        seconds: 3600,
      });

      await limit.take('ada');
      await limit.take('ada');
    });
  });
});

const UPGRADE = [
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  '',
  '',
].join('\r\n');

/** All that a node answers to an upgrade, until it closes the connection. */
async function upgrade({ url }: TestNode): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(UPGRADE);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

function connectionsOf({ app }: TestNode): Promise<number> {
  const server = app.getHttpServer();
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}
