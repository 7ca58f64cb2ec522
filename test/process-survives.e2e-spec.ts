import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { startRedis } from './support/redis-under-test.js';
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
  let node: TestNode;

  beforeAll(async () => {
    node = await startTestNode({ redisUrl: await startRedis(), redisPrefix: uniquePrefix() });
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
});
