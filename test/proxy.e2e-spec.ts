import { beforeAll, describe, expect, it } from '@jest/globals';
import { hasNginx, startNginx } from '../scripts/nginx.js';
import type { Device } from '../src/server/devices/devices.contract.js';
import { openLiveTab } from './support/browser-tab.js';
import { stopAfterwards } from './support/cleanup.js';
import { eventually } from './support/eventually.js';
import { freePort } from '../src/server/redis/free-port.js';
import { NodeProcess } from './support/node-process.js';
import { startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';
import { operation, Visitor } from './support/visitor.js';

const withNginx = hasNginx() ? describe : describe.skip;
if (!hasNginx()) {
  console.warn('Skipped: the tests behind nginx (none found; install nginx-light).');
}

withNginx('behind nginx with deploy/nginx.conf', () => {
  let alpha: NodeProcess;
  let beta: NodeProcess;
  let proxy: { url: string };

  beforeAll(async () => {
    const settings = {
      REDIS_URL: await startRedis(),
      REDIS_PREFIX: uniquePrefix(),
      TRUST_PROXY: '1',
    };
    [alpha, beta] = [
      await NodeProcess.start('alpha', settings),
      await NodeProcess.start('beta', settings),
    ];
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
    const own = visitor.socket(undefined, { headers: { origin: proxy.url } });
    const foreign = visitor.socket(undefined, { headers: { origin: 'https://evil.example' } });

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

  it('tabs go to the other node when theirs is killed, and lose nothing', async () => {
    const visitor = await new Visitor(proxy).register();
    const tabs = await Promise.all([openLiveTab(visitor, proxy), openLiveTab(visitor, proxy)]);

    await alpha.stop('SIGKILL');
    const settled = await Promise.all(tabs.map((tab) => tab.cart().set('scale', 3)));

    expect(settled).toMatchObject([{ applied: true }, { applied: true }]);
    for (const tab of tabs) expect(tab.getSnapshot().session?.node).toBe('beta');
    expect((await visitor.get<{ version: number }>('/cart')).body.version).toBe(2);
  });
});
