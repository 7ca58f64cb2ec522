import { randomUUID } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisClientType } from 'redis';
import { startNginx } from '../scripts/nginx.js';
import type { Device } from '../src/server/devices/devices.contract.js';
import { cartOf, openLiveTab } from './support/browser-tab.js';
import { stopAfterwards } from './support/cleanup.js';
import { eventually } from '../src/testing/eventually.js';
import { freePort } from '../src/redis-server/free-port.js';
import { NodeProcess } from './support/node-process.js';
import { NameServer } from './support/name-server.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { selfSignedCertificate } from './support/self-signed-certificate.js';
import { uniquePrefix } from './support/test-node.js';
import { operation, PASSWORD, Visitor } from './support/visitor.js';

interface Session {
  node: string;
}

interface Failure {
  error: { code: string };
}

/** Sends a request over TLS, whoever signed the certificate. */
function overTls(url: string, method: string, path: string, body?: object) {
  return new Promise<{ status: number; cookie: string }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const options = { method, headers, rejectUnauthorized: false };
    const sent = httpsRequest(new URL(path, url), options, (answer) => {
      answer.resume();
      const [cookie = ''] = answer.headers['set-cookie'] ?? [];
      resolve({ status: answer.statusCode ?? 0, cookie });
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

describe('the shipped deployment, in production', () => {
  const registration = (name: string) => ({
    email: `${name}-${randomUUID()}@example.com`,
    password: PASSWORD,
    name,
  });
  let redis: RedisClientType;
  let node: NodeProcess;
  let plain: { url: string };
  let tls: { url: string };
  /** nginx behind a load balancer at 127.0.0.1 that ends TLS. */
  let balanced: { url: string };
  const redisPrefix = uniquePrefix();

  beforeAll(async () => {
    const redisUrl = await startRedis();
    redis = await openRedis(redisUrl);
    node = await NodeProcess.start('production', {
      NODE_ENV: 'production',
      REDIS_URL: redisUrl,
      REDIS_PREFIX: redisPrefix,
      TRUST_PROXY: '1',
    });
    const [port, tlsPort, balancedPort] = [await freePort(), await freePort(), await freePort()];
    const address = `127.0.0.1:${String(node.port)}`;
    const nodes = [address, address] as const;
    const certificate = selfSignedCertificate();
    stopAfterwards(startNginx({ port, nodes, tls: { port: tlsPort, certificate } }));
    stopAfterwards(startNginx({ port: balancedPort, nodes, trusted: '127.0.0.1/32' }));
    plain = { url: `http://127.0.0.1:${String(port)}` };
    tls = { url: `https://127.0.0.1:${String(tlsPort)}` };
    balanced = { url: `http://127.0.0.1:${String(balancedPort)}` };
    for (const { url } of [plain, balanced]) await eventually(() => isReady(url));
  });

  it('signs in over the TLS of nginx', async () => {
    const { status, cookie } = await overTls(tls.url, 'POST', '/auth/register', registration('t'));

    expect(status).toBe(201);
    expect(cookie).toMatch(/^__Host-sid=.*Secure/);
  });

  it('signs in behind a load balancer that ends TLS, and sees the client’s address', async () => {
    const visitor = new Visitor(balanced);
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' };
    const body = registration('b');

    const { status } = await visitor.request('POST', '/auth/register', { body, headers });

    expect(status).toBe(201);
    expect(visitor.cookie).toContain('__Host-sid=');
    const devices = await visitor.request<Device[]>('GET', '/devices', { headers });
    expect(devices.body).toMatchObject([{ ip: '203.0.113.7' }]);
  });

  it('says so loudly when the cookie could not be sent, and leaves no session behind', async () => {
    const visitor = new Visitor(plain);
    const forged = { 'x-forwarded-proto': 'https' };
    const sessions = () => redis.keys(`${redisPrefix}sess:*`);
    const before = (await sessions()).length;

    const answer = await visitor.request<Failure>('GET', '/session', { headers: forged });

    expect([answer.status, answer.body.error.code]).toEqual([500, 'INTERNAL']);
    expect(visitor.cookie).toBe('');
    expect(await sessions()).toHaveLength(before);
    await eventually(() => node.output.includes('the request is not seen as HTTPS'));
  });
});

async function isReady(url: string): Promise<boolean> {
  return fetch(new URL('/health/ready', url)).then(
    ({ ok }) => ok,
    () => false,
  );
}

describe('behind nginx with deploy/nginx.conf', () => {
  let alpha: NodeProcess;
  let beta: NodeProcess;
  let proxy: { url: string };

  beforeAll(async () => {
    const settings = {
      REDIS_URL: await startRedis(),
      REDIS_PREFIX: uniquePrefix(),
      TRUST_PROXY: '1',
    };
    [alpha, beta] = await Promise.all([
      NodeProcess.start('alpha', settings),
      NodeProcess.start('beta', settings),
    ]);
    const port = await freePort();
    const nodes = [`127.0.0.1:${String(alpha.port)}`, `127.0.0.1:${String(beta.port)}`] as const;
    stopAfterwards(startNginx({ port, nodes }));
    proxy = { url: `http://127.0.0.1:${String(port)}` };
    await eventually(() =>
      new Visitor(proxy).get('/health/ready').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  });

  it('sockets land on both nodes and see each other’s changes', async () => {
    const visitor = await new Visitor(proxy).register();
    const sockets = Array.from({ length: 4 }, () => visitor.socket());
    const nodes = await Promise.all(sockets.map(async (socket) => (await socket.ready()).node));

    await visitor.post('/cart/operations', operation('add', 'scale', 1));

    expect(new Set(nodes)).toEqual(new Set(['alpha', 'beta']));
    await Promise.all(sockets.map((socket) => socket.next('cart:changed')));
  });

  it('the page’s own origin passes the check, another is refused', async () => {
    const visitor = await new Visitor(proxy).arrive();
    const own = visitor.socket(undefined, { extraHeaders: { origin: proxy.url } });
    const foreign = visitor.socket(undefined, { extraHeaders: { origin: 'https://evil.example' } });

    const refused = foreign.refused();

    await own.ready();
    await refused;
  });

  it('a forged X-Forwarded-For is not believed', async () => {
    const visitor = await new Visitor(proxy).register();
    const forger = new Visitor(proxy);
    await forger.request('POST', '/auth/login', {
      body: { email: visitor.email, password: 'correct horse battery' },
      headers: { 'x-forwarded-for': '203.0.113.7' },
    });

    const { body } = await visitor.get<Device[]>('/devices');

    expect(body.map(({ ip }) => ip)).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('text is compressed on its way', async () => {
    const { headers } = await fetch(new URL('/openapi.json', proxy.url));

    expect(headers.get('content-encoding')).toBe('gzip');
    expect(headers.get('vary')).toContain('Accept-Encoding');
  });

  it('tabs go to the other node when theirs is killed, and lose nothing', async () => {
    const visitor = await new Visitor(proxy).register();
    const tabs = await Promise.all([openLiveTab(visitor, proxy), openLiveTab(visitor, proxy)]);

    await alpha.stop('SIGKILL');
    const settled = await Promise.all(tabs.map((tab) => cartOf(tab).set('scale', 3)));

    expect(settled).toMatchObject([{ applied: true }, { applied: true }]);
    for (const tab of tabs) expect(tab.getSnapshot().session?.node).toBe('beta');
    expect((await visitor.get<{ version: number }>('/cart')).body.version).toBe(2);
  });
});

// Elsewhere only 127.0.0.1 is there without being set up.
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('behind nginx, nodes that are found by name', () => {
  let names: NameServer;
  let proxy: { url: string };
  const settings = { REDIS_URL: '', REDIS_PREFIX: uniquePrefix() };
  let port: number;

  /** Starts a node at an address of its own, as another container would have it. */
  const startNode = (name: string, HOST: string) =>
    NodeProcess.start(name, { ...settings, HOST }, { port });
  const nodesThatAnswer = async () => {
    const answers = Array.from({ length: 20 }, () => new Visitor(proxy).get<Session>('/session'));
    return new Set((await Promise.all(answers)).map(({ body }) => body.node));
  };

  beforeAll(async () => {
    settings.REDIS_URL = await startRedis();
    names = await NameServer.start();
    const own = await freePort();
    port = await freePort();
    stopAfterwards(startNginx({ port: own, nodes: { nameServer: names.address, port } }));
    proxy = { url: `http://127.0.0.1:${String(own)}` };
  });

  it('is asked at the address that it has now', async () => {
    const before = await startNode('before', '127.0.0.2');
    names.addresses = ['127.0.0.2'];
    await eventually(() => isReady(proxy.url));
    await before.stop();

    const after = await startNode('after', '127.0.0.3');
    names.addresses = ['127.0.0.3'];
    await eventually(() => isReady(proxy.url));

    expect(await nodesThatAnswer()).toEqual(new Set(['after']));
    await after.stop();
  });

  it('stands in for one that takes no connections', async () => {
    await startNode('only', '127.0.0.4');
    names.addresses = ['127.0.0.4', '127.0.0.5'];
    await eventually(() => isReady(proxy.url));

    expect(await nodesThatAnswer()).toEqual(new Set(['only']));
  });
});
