import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Server } from 'socket.io';
import { DevicesBroadcast } from '../src/server/devices/devices.broadcast.js';
import { openRedis, serverUrls, startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

describe('one login, every socket, two nodes', () => {
  let a: TestNode;
  let b: TestNode;
  let redisUrl: string;
  const redisPrefix = uniquePrefix();

  beforeAll(async () => {
    redisUrl = await startRedis();
    const settings = { redisUrl, redisPrefix };
    [a, b] = await Promise.all([startTestNode(settings), startTestNode(settings)]);
  });

  it('a login on one node is a login on the other', async () => {
    const visitor = await new Visitor(a).register();

    const { status, body } = await visitor.get<{ email: string }>('/user/profile', b);

    expect(status).toBe(200);
    expect(body.email).toBe(visitor.email);
  });

  it('a change over HTTP on one node reaches the user on the other', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);

    await visitor.post('/cart/operations', operation('add', 'scale', 2), a);

    expect(await socket.next('cart:changed')).toMatchObject({
      version: 1,
      lines: [{ sku: 'scale', quantity: 2 }],
    });
  });

  it('a change reaches no other user', async () => {
    const [visitor, other] = [await new Visitor(a).register(), await new Visitor(b).register()];
    const socket = await other.connect(b);

    await visitor.post('/cart/operations', operation('add', 'scale', 2), a);
    await other.post('/cart/operations', operation('add', 'cup-set', 1), b);

    expect(await socket.next('cart:changed')).toMatchObject({ lines: [{ sku: 'cup-set' }] });
    expect(socket.unread).toEqual([]);
  });

  it('what is emitted to a session’s room reaches it on the other node, by the channel of its signals', async () => {
    const visitor = await new Visitor(a).register();
    const other = await new Visitor(a).login(visitor.email);
    const [socket, another] = [await visitor.connect(b), await other.connect(b)];

    const gateway = a.app.get<object>(DevicesBroadcast, { strict: false });
    // Private to it.
    const { server } = gateway as { server: Server };
    server.to(`session:${visitor.handle}`).emit('session:expiring', { reason: 'idle', inMs: 1 });

    expect(await socket.next('session:expiring')).toEqual({ reason: 'idle', inMs: 1 });
    const servers = await Promise.all((await serverUrls(redisUrl)).map((url) => openRedis(url)));
    const pattern = `*${visitor.handle}*`;
    const channels = await Promise.all(servers.map((each) => each.pubSubShardChannels(pattern)));
    expect(channels.flat()).toEqual([`${redisPrefix}session:{${visitor.handle}}`]);
    await visitor.logout(a);
    expect(await socket.next('session:ended')).toMatchObject({ reason: 'signed-out' });
    expect(another.unread).not.toContain('session:expiring');
    expect(another.unread).not.toContain('session:ended');
  });

  it('a logout closes the sockets on the other node', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect(b);

    await visitor.logout(a);

    expect(await socket.next('session:ended')).toMatchObject({ reason: 'signed-out' });
    expect(await socket.next('disconnect')).toBe('io server disconnect');
  });
});
