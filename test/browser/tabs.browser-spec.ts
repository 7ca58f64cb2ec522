import { beforeAll, describe, it, expect } from '@jest/globals';
import { startEmbeddedValkey } from '../../src/redis-server/embedded-valkey.js';
import { freePort } from '../../src/redis-server/free-port.js';
import { stopAfterwards } from '../support/cleanup.js';
import { NodeProcess } from '../support/node-process.js';
import { openRedis } from '../support/redis-under-test.js';
import { add, breakable, openBrowser, openTab, seesInCart } from './browser.js';

const SCALE = 'Scale with timer';

describe('the tabs of a browser', () => {
  let redisUrl: string;
  let alpha: NodeProcess;
  let beta: NodeProcess;

  beforeAll(async () => {
    const valkey = await startEmbeddedValkey();
    stopAfterwards(() => valkey.stop());
    redisUrl = valkey.url;
    const ports = [await freePort(), await freePort()] as const;
    const ALLOWED_ORIGINS = ports.map((port) => `http://127.0.0.1:${String(port)}`).join();
    // It warns 12 s ahead: longer than the other node may take to hear that a session goes on.
    const settings = { REDIS_URL: redisUrl, ALLOWED_ORIGINS, SESSION_IDLE_SECONDS: '120' };
    [alpha, beta] = await Promise.all([
      NodeProcess.start('alpha', settings, { port: ports[0] }),
      NodeProcess.start('beta', settings, { port: ports[1] }),
    ]);
  });

  it('takes the warning back in the tab on another node when one extends the session', async () => {
    const browser = await openBrowser();
    const one = await openTab(browser, alpha.url);
    const other = await openTab(browser, beta.url);
    const client = await openRedis(redisUrl);
    for (const key of await client.keys('sess:*')) await client.pExpire(key, 11_000);
    await Promise.all([one, other].map((page) => page.getByRole('dialog').waitFor()));

    await one.getByRole('button', { name: 'Stay signed in' }).click();

    await other.getByRole('dialog').waitFor({ state: 'hidden' });
    await other.getByText('The session goes on').waitFor();
    await other.getByText('Live on node').waitFor();
    await browser.close();
  });

  it('keeps what is done offline over a reload, and applies it once', async () => {
    const browser = await openBrowser();
    const server = await breakable(browser);
    const page = await openTab(browser, alpha.url);
    await page.getByText('Nothing in it yet').waitFor();
    server.cut();
    await page.getByText('Offline, trying again').waitFor();
    await add(page, SCALE);
    await add(page, SCALE);
    await page.getByText('Offline, 2 changes kept').waitFor();

    await page.reload();
    await page.getByText('Offline, 2 changes kept').waitFor();
    server.heal();

    await page.getByText('Saved').waitFor();
    await seesInCart(page, SCALE, 2);
    await page.reload();
    await page.getByText('Saved').waitFor();
    await seesInCart(page, SCALE, 2);
    const stored = await page.evaluate<string>('JSON.stringify(localStorage)');
    expect(stored).toBe('{}');
    await browser.close();
  });

  it('sends what a tab has left that was closed, from another tab', async () => {
    const browser = await openBrowser();
    const server = await breakable(browser);
    const [page, other] = [await openTab(browser, alpha.url), await openTab(browser, alpha.url)];
    server.cut();
    await page.getByText('Offline, trying again').waitFor();
    await add(page, SCALE);
    await page.getByText('Offline, 1 change kept').waitFor();

    await other.reload();
    await other.getByText('Offline, trying again').waitFor();
    await page.close();
    await other.getByText('Offline, 1 change kept').waitFor();
    server.heal();

    await other.getByText('Saved').waitFor();
    await seesInCart(other, SCALE, 1);
    await browser.close();
  });
});
