import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CommandLog } from './support/command-log.js';
import { startRedis } from './support/redis-under-test.js';
import { RedisProxy } from './support/redis-proxy.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import type { SessionDescription } from '../src/shared-session/index.js';
import { operation, Visitor } from './support/visitor.js';

const EVENTS = 50;

/** How many writes a node hands to the operating system for its clients while something happens. */
async function writesOf({ url }: TestNode, work: () => Promise<unknown>): Promise<number> {
  // What `_write` and `_writev` of Node's sockets both call; corked writes come as one.
  const writes = jest.spyOn(
    Socket.prototype as unknown as { _writeGeneric: () => void },
    '_writeGeneric',
  );
  await work();
  const { contexts } = writes.mock as unknown as { contexts: Socket[] };
  const port = Number(new URL(url).port);
  const count = contexts.filter(({ localPort }) => localPort === port).length;
  writes.mockRestore();
  return count;
}

describe('the hot path', () => {
  const redisPrefix = uniquePrefix();
  let a: TestNode;
  let b: TestNode;
  let toB: RedisProxy;
  let log: CommandLog;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    toB = await RedisProxy.to(redisUrl);
    [a, b] = await Promise.all([
      startTestNode({ redisUrl: (await RedisProxy.to(redisUrl)).address, redisPrefix }),
      startTestNode({ redisUrl: toB.address, redisPrefix }),
    ]);
    log = await CommandLog.of(redisUrl);
    // A script's first run carries its source.
    await (await new Visitor(a).arrive()).post('/cart/operations', operation('add', 'scale', 1));
  });

  const about = (key: string, lines: readonly string[]) =>
    lines.filter((line) => line.includes(`"${redisPrefix}${key}`) && !line.includes('lua]'));

  it('handles events without reading the session from Redis', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect();

    const start = performance.now();
    const lines = await log.during(async () => {
      for (let round = 0; round < EVENTS; round += 1) {
        await socket.get('session:get');
        await socket.get('cart:apply', operation('set', 'scale', round));
      }
    });

    // A script's first run on a server is told twice: by its hash, and then by its source.
    const isFirst = (line: string) => line.includes('"EVAL"');
    expect(about('cart:', lines).filter((line) => !isFirst(line))).toHaveLength(EVENTS);
    // Whatever looks after sessions in the background asks for their lifetimes, or touches, once in 5 s.
    const upkeep = 2 + (performance.now() - start) / 2500;
    expect(about('sess:', lines).filter((line) => /"GET"/i.test(line))).toEqual([]);
    const asked = about('sess:', lines).filter((line) => !isFirst(line));
    expect(asked.length).toBeLessThanOrEqual(upkeep);
  });

  it('runs one script for an operation', async () => {
    // A sweep may come in between, and asks Redis too; it does not each time. Always a connection's first operation.
    const tries: string[][] = [];
    while (tries.length < 5) {
      const socket = await (await new Visitor(a).arrive()).connect();
      const lines = await log.during(() => socket.get('cart:apply', operation('add', 'scale', 1)));
      const isAsked = (line: string) => line.includes(redisPrefix) && !line.includes('lua]');
      tries.push(lines.filter((line) => isAsked(line) && !/"S?PUBLISH"/i.test(line)));
    }

    const [fewest] = tries.toSorted((one, other) => one.length - other.length);
    expect(fewest).toEqual([expect.stringMatching(/"EVALSHA"/i)]);
  });

  it('listens to a session before it reads it in a handshake, and subscribes to each of its rooms once', async () => {
    const visitor = await new Visitor(a).arrive();
    const { body } = await visitor.get<SessionDescription>('/session');

    const lines = await log.during(() => visitor.connect());

    // About this session and its user; a node asks for others too, in the background.
    const isAbout = (line: string) =>
      line.includes(visitor.handle) || line.includes(body.principal.id);
    const commands = lines
      .filter(isAbout)
      .flatMap(
        (line) => /"([A-Z]+)" "\S*(?:sess:|session:|socket)/i.exec(line)?.[1]?.toUpperCase() ?? [],
      );
    // For the middleware; then for the session's channel; then what counts, with its lifetime; then for the user's room.
    expect(commands).toEqual(['GET', 'SSUBSCRIBE', 'GET', 'PTTL', 'SSUBSCRIBE']);
  });

  it('starts no timer for a command', async () => {
    const socket = await (await new Visitor(a).arrive()).connect();
    const timeout = jest.spyOn(AbortSignal, 'timeout');

    await socket.get('cart:apply', operation('add', 'scale', 1));

    expect(timeout).not.toHaveBeenCalled();
    timeout.mockRestore();
  });

  it('writes the acknowledgement and the change to their sender at once', async () => {
    const socket = await (await new Visitor(a).arrive()).connect();

    const writes = await writesOf(a, async () => {
      await socket.get('cart:apply', operation('add', 'scale', 1));
      await socket.next('cart:changed');
    });

    expect(writes).toBe(1);
  });

  it('answers the upgrade and opens the connection at once', async () => {
    const { cookie } = await new Visitor(a).arrive();
    const { hostname, port } = new URL(a.url);
    const stream = connect(Number(port), hostname);
    const head = [
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
      `Host: ${hostname}:${port}`,
      `Cookie: ${cookie}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
    ];

    const writes = await writesOf(a, async () => {
      stream.write(`${head.join('\r\n')}\r\n\r\n`);
      let answer = '';
      while (!answer.includes('pingInterval')) answer += String((await once(stream, 'data'))[0]);
    });

    stream.destroy();
    expect(writes).toBe(1);
  });

  it('sends nothing of a broadcast to a node without the principal’s sockets', async () => {
    const [visitor, elsewhere] = [await new Visitor(a).arrive(), await new Visitor(b).arrive()];
    const [socket, other] = [await visitor.connect(a), await elsewhere.connect(b)];
    const before = toB.subscriberBytes;

    for (let round = 0; round < EVENTS; round += 1) {
      await socket.get('cart:apply', operation('set', 'scale', round));
    }
    await elsewhere.post('/cart/operations', operation('add', 'scale', 1), a);
    await other.next('cart:changed');

    // One change of about 700 bytes was for a socket of this node, the rest is pings and the probe; the
    // changes that were not would be 35,000.
    expect(toB.subscriberBytes - before).toBeLessThan(10_000);
  });
});
