import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

describe('a node that knows its hosts', () => {
  let node: TestNode;

  beforeAll(async () => {
    node = await startTestNode({
      redisUrl: await startRedis(),
      redisPrefix: uniquePrefix(),
      allowedHosts: ['shop.example', '[::1]'],
    });
  });

  async function open(path: string, lines: readonly string[]): Promise<Socket> {
    const socket = connect(Number(new URL(node.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${[`GET ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
    return socket;
  }

  const answerTo = async (path: string, ...lines: string[]) =>
    text(await open(path, [...lines, 'Connection: close']));

  /** As a browser's upgrade has them. */
  const UPGRADE = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  const SOCKET = '/socket.io/?EIO=4&transport=websocket';

  it.each(['shop.example', 'SHOP.example.:8443', '[::1]', '[::1]:3000'])(
    'answers for %s',
    async (host) => {
      expect(await answerTo('/catalog', `Host: ${host}`)).toContain('HTTP/1.1 200 OK');
    },
  );

  it.each([
    'evil.example',
    'shop.example.evil.example',
    'shop.example@evil.example',
    'evil.example#shop.example',
    'shop.example:8443:1',
    '',
  ])('answers 421 and makes no session for "%s"', async (host) => {
    const answer = await answerTo('/session', `Host: ${host}`);

    expect(answer).toContain('HTTP/1.1 421 Misdirected Request');
    expect(answer).toContain('{"error":{"code":"MISDIRECTED"');
    expect(answer).not.toMatch(/set-cookie/i);
  });

  it('shows its page for none but its own', async () => {
    expect(await answerTo('/', 'Host: evil.example')).toContain('HTTP/1.1 421 ');
  });

  it('tells of its health whoever asks, by whatever address', async () => {
    expect(await answerTo('/health/live', 'Host: 10.0.0.7:3000')).toContain('HTTP/1.1 200 OK');
    expect((await new Visitor(node).get('/health/ready')).status).toBe(200);
  });

  it('refuses a socket of another host before its upgrade', async () => {
    const answer = await text(await open(SOCKET, ['Host: evil.example', ...UPGRADE]));

    expect(answer).toContain('HTTP/1.1 421 Misdirected Request');
    expect(answer).toContain('{"error":{"code":"MISDIRECTED"');
  });

  it('outlives a client that resets its connection while it is being refused', async () => {
    const socket = await open(SOCKET, ['Host: evil.example', ...UPGRADE]);
    socket.resetAndDestroy();

    expect(await answerTo('/catalog', 'Host: shop.example')).toContain('HTTP/1.1 200 OK');
  });

  it('upgrades a socket of its own', async () => {
    const lines = ['Host: shop.example', 'Origin: http://shop.example', ...UPGRADE];
    const socket = await open(SOCKET, lines);

    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();

    expect(answer.toString()).toContain('HTTP/1.1 101 Switching Protocols');
  });
});
