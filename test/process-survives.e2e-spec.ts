import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SessionLinks } from '../src/shared-session/links/session-links.js';
import { eventually } from '../src/testing/eventually.js';
import { RawConnection } from './support/raw-connection.js';
import { startRedis } from './support/redis-under-test.js';
import { RedisProxy } from './support/redis-proxy.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

/** Each of the resets hits the process at another moment. */
const TRIES = 100;

/** The head of a WebSocket upgrade that the origin check refuses. */
function foreignUpgrade({ hostname, port }: URL): string {
  const head = [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
    `Host: ${hostname}:${port}`,
    'Origin: https://evil.example',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n`;
}

async function connectTo(url: URL): Promise<Socket> {
  const options = { port: Number(url.port), host: url.hostname, allowHalfOpen: true };
  const stream = connect(options);
  stream.on('error', () => undefined);
  await once(stream, 'connect');
  return stream;
}

// An error that nobody hears, such as would end a server's process, fails the test that runs in it.
describe('a node outlives a client', () => {
  let proxy: RedisProxy;
  let node: TestNode;

  beforeAll(async () => {
    proxy = await RedisProxy.to(await startRedis());
    node = await startTestNode({ redisUrl: proxy.address, redisPrefix: uniquePrefix() });
  });

  it('that resets its connection while the origin check refuses it', async () => {
    const url = new URL(node.url);

    for (let tries = 0; tries < TRIES; tries += 1) {
      const stream = await connectTo(url);
      stream.write(foreignUpgrade(url), () => stream.resetAndDestroy());
      await once(stream, 'close');
    }

    expect((await new Visitor(node).get('/health/live')).status).toBe(200);
  });

  it('that was refused and never closes its connection: the node lets go of it', async () => {
    const server = node.app.getHttpServer();
    const stream = await connectTo(new URL(node.url));
    let answer = '';
    stream.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    stream.write(foreignUpgrade(new URL(node.url)));

    await once(stream, 'end');

    expect(answer).toContain('403 Forbidden');
    const connections = () =>
      new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    await eventually(async () => (await connections()) === 0);
    stream.destroy();
  });

  it('that asks for its namespace again while its session ends', async () => {
    const visitor = await new Visitor(node).arrive();
    const connection = new RawConnection(node, visitor.cookie);
    await connection.next(/^0/);
    connection.send('40');
    await connection.next(/session:ready/);
    const links = node.app.get(SessionLinks, { strict: false });
    connection.send('41');
    await eventually(() => links.all().length === 0);
    proxy.subscriberDelayMs = 500;
    // Waits for its rooms, and keeps the connection meanwhile.
    connection.send('40');
    await eventually(() => links.all().length === 1);

    await visitor.logout();
    connection.send('40');

    await connection.next(/^44.*UNAUTHENTICATED/);
    await connection.closed;
    proxy.subscriberDelayMs = 0;
  });

  it('that joins and leaves its namespace over and over: the connection keeps no listener of each', async () => {
    const visitor = await new Visitor(node).arrive();
    const connection = new RawConnection(node, visitor.cookie);
    await connection.next(/^0/);
    const links = node.app.get(SessionLinks, { strict: false });
    const listeners = async () => {
      connection.send('40');
      const [socket] = await eventually(() => links.all().find(({ session }) => session)?.sockets);
      const count = socket?.conn.listenerCount('close');
      await eventually(() => socket?.connected);
      connection.send('41');
      await eventually(() => links.all().length === 0);
      return count;
    };
    const first = await listeners();

    for (let round = 0; round < 5; round += 1) await listeners();

    expect(await listeners()).toBe(first);
  });
});
