import { beforeAll, describe, expect, it } from '@jest/globals';
import { Device } from '../src/server/devices/devices.contract.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { eventually } from '../src/testing/eventually.js';
import { NodeProcess } from './support/node-process.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { PASSWORD, Visitor } from './support/visitor.js';

/** As many as there are by default. */
const MAX_SESSIONS = 20;

describe('devices', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    redisUrl = await startRedis();
    const settings = { redisUrl, redisPrefix, trustProxy: 1 };
    [a, b] = await Promise.all([startTestNode(settings), startTestNode(settings)]);
  });

  /** The same account on another device. */
  const another = async (visitor: Visitor, node: TestNode = a) =>
    new Visitor(node).login(visitor.email);
  const devicesOf = async (visitor: Visitor): Promise<Device[]> =>
    (await visitor.get<Device[]>('/devices')).body;

  it('lists where the user is signed in, with address, browser and live sockets of all nodes', async () => {
    const phone = await new Visitor(a).register();
    const laptop = new Visitor(b);
    await laptop.request('POST', '/auth/login', {
      body: { email: phone.email, password: PASSWORD },
      headers: { 'user-agent': 'Laptop/1.0', 'x-forwarded-for': '203.0.113.7' },
    });
    await Promise.all([laptop.connect(a), laptop.connect(b), phone.connect(b)]);

    const devices = await eventually(async () => {
      const found = await devicesOf(phone);
      return found.some(({ sockets }) => sockets === 2) && found;
    });

    const [other, ...others] = devices.filter(({ current }) => !current);
    const [own, ...further] = devices.filter(({ current }) => current);
    expect(Device.parse(other)).toMatchObject({
      ip: '203.0.113.7',
      userAgent: 'Laptop/1.0',
      sockets: 2,
    });
    expect(Device.parse(own)).toMatchObject({ sockets: 1 });
    expect([...others, ...further]).toEqual([]);
  });

  it('believes only as many forwarded addresses as TRUST_PROXY says', async () => {
    const visitor = await new Visitor(a).register();
    const spoofer = new Visitor(a);
    await spoofer.request('POST', '/auth/login', {
      body: { email: visitor.email, password: PASSWORD },
      headers: { 'x-forwarded-for': '192.0.2.1, 203.0.113.9' },
    });

    const [spoofed] = await devicesOf(visitor);

    expect(spoofed?.ip).toBe('203.0.113.9');
  });

  it('ends one device everywhere, and tells it why', async () => {
    const [phone, laptop] = [await new Visitor(a).register(), new Visitor(b)];
    await laptop.login(phone.email);
    const [kept, ended] = [await phone.connect(b), await laptop.connect(b)];
    const target = (await devicesOf(phone)).find(({ current }) => !current);

    const { status } = await phone.request('DELETE', `/devices/${target?.handle ?? ''}`);

    expect(status).toBe(204);
    expect(await ended.next('session:ended')).toMatchObject({
      reason: 'revoked',
      reconnect: 'after-login',
    });
    expect((await laptop.get('/user/profile')).status).toBe(401);
    await kept.next('devices:changed');
    expect(kept.client.connected).toBe(true);
    expect(await devicesOf(phone)).toHaveLength(1);
  });

  it('is the same one after another sign-in in its browser: the session before it has ended', async () => {
    const phone = await new Visitor(a).register();
    const before = new Visitor(b);
    before.cookie = phone.cookie;

    await phone.login();

    expect(await devicesOf(phone)).toMatchObject([{ current: true }]);
    expect((await before.get('/user/profile')).status).toBe(401);
  });

  it('ends all others and keeps the one that asks', async () => {
    const phone = await new Visitor(a).register();
    const others = await Promise.all([another(phone), another(phone, b), another(phone, b)]);
    const sockets = await Promise.all(others.map((other) => other.connect(b)));

    const { status } = await phone.request('DELETE', '/devices');

    expect(status).toBe(204);
    await Promise.all(sockets.map((socket) => socket.next('session:ended')));
    expect(await devicesOf(phone)).toMatchObject([{ current: true }]);
  });

  it('does not end, or even tell of, a device of somebody else', async () => {
    const [visitor, victim] = [await new Visitor(a).register(), await new Visitor(a).register()];
    const socket = await victim.connect();
    const [target] = await devicesOf(victim);

    const foreign = await visitor.request('DELETE', `/devices/${target?.handle ?? ''}`);
    const malformed = await visitor.request('DELETE', '/devices/everything');

    expect([foreign.status, malformed.status]).toEqual([404, 404]);
    expect(await socket.get('session:get')).toMatchObject({ handle: target?.handle });
  });

  it('tells the user’s tabs when a device comes and goes', async () => {
    const phone = await new Visitor(a).register();
    const socket = await phone.connect(b);

    const laptop = await another(phone);
    await socket.next('devices:changed');
    await laptop.logout();

    await socket.next('devices:changed');
  });

  it('tells them nothing of a further tab of a device that is online', async () => {
    const phone = await new Visitor(a).register();
    const laptop = await another(phone);
    await Promise.all([phone.connect(), laptop.connect()]);
    await eventually(async () => (await devicesOf(phone)).every(({ sockets }) => sockets === 1));
    let told = 0;
    a.app.get(StoredSessions, { strict: false }).local.on('sessions', () => (told += 1));

    const tab = await laptop.connect();
    await eventually(async () => (await devicesOf(phone)).some(({ sockets }) => sockets === 2));
    tab.client.disconnect();
    await eventually(async () => (await devicesOf(phone)).every(({ sockets }) => sockets === 1));

    expect(told).toBe(0);
  });

  it(`keeps ${String(MAX_SESSIONS)} sessions of a user; the oldest ends`, async () => {
    const first = await new Visitor(a).register();
    const socket = await first.connect(b);
    const second = await another(first);
    for (let count = 2; count < MAX_SESSIONS; count += 1) await another(first);
    expect(await devicesOf(second)).toHaveLength(MAX_SESSIONS);

    await another(first, b);

    expect(await socket.next('session:ended')).toMatchObject({ reason: 'revoked' });
    expect(await devicesOf(second)).toHaveLength(MAX_SESSIONS);
  });

  it('forgets the sockets of a node that was killed', async () => {
    const killed = await NodeProcess.start('killed', {
      REDIS_URL: redisUrl,
      REDIS_PREFIX: redisPrefix,
    });
    const visitor = await new Visitor(a).register();
    await visitor.connect(killed);
    await eventually(async () => (await devicesOf(visitor))[0]?.sockets === 1);

    await killed.stop('SIGKILL');
    // Its sign of life runs out after 30 s; the test does not wait for it.
    const redis = await openRedis(redisUrl);
    const [alive = ''] = await redis.keys(`${redisPrefix}shared-session:node:killed.*`);
    expect(await redis.ttl(alive)).toBeLessThanOrEqual(30);
    await redis.del(alive);

    expect(await devicesOf(visitor)).toMatchObject([{ sockets: 0 }]);
  });

  it('never shows a session id', async () => {
    const visitor = await new Visitor(a).register();
    const socket = await visitor.connect();
    const answers = [await devicesOf(visitor), await socket.get('session:get')];

    expect(JSON.stringify([answers, (await visitor.get('/session')).body])).not.toContain(
      visitor.sid,
    );
  });
});
