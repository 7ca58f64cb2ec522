import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedValkey } from '../../src/redis-server/embedded-valkey.js';
import { stopAfterwards } from '../support/cleanup.js';
import { freePort } from '../../src/redis-server/free-port.js';
import { NodeProcess } from '../support/node-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { UpgradeWall } from '../support/upgrade-wall.js';
import {
  add,
  holdable,
  keepPicture,
  openBrowser,
  openTab,
  seesInCart,
  seriousFindings,
  signIn,
  signInByEvents,
} from './browser.js';

const SCALE = 'Scale with timer';

describe('the page', () => {
  let redis: { REDIS_URL: string; DEMO_ACCOUNTS: string };
  let alpha: NodeProcess;
  let beta: NodeProcess;

  beforeAll(async () => {
    const valkey = await startEmbeddedValkey();
    stopAfterwards(() => valkey.stop());
    redis = { REDIS_URL: valkey.url, DEMO_ACCOUNTS: 'on' };
    const ports = [await freePort(), await freePort()] as const;
    const ALLOWED_ORIGINS = ports.map((port) => `http://127.0.0.1:${String(port)}`).join();
    [alpha, beta] = await Promise.all([
      NodeProcess.start('alpha', { ...redis, ALLOWED_ORIGINS }, { port: ports[0] }),
      NodeProcess.start('beta', { ...redis, ALLOWED_ORIGINS }, { port: ports[1] }),
    ]);
  });

  it('shows a guest’s cart in the other tab, on the other node', async () => {
    const browser = await openBrowser();
    const one = await openTab(browser, alpha.url);
    const other = await openTab(browser, beta.url);

    await add(one, SCALE);
    await add(one, SCALE);

    await seesInCart(other, SCALE, 2);
    await other.getByText(`Cart: 2 × ${SCALE}`).waitFor();
    await one.getByText('Live on node alpha').waitFor();
    await other.getByText('Live on node beta').waitFor();
    await keepPicture(one, 'guest');
    expect(await seriousFindings(one)).toEqual([]);
    await browser.close();
  });

  it('takes the other tab along when somebody signs in, and the guest’s cart once', async () => {
    const browser = await openBrowser();
    const one = await openTab(browser, alpha.url);
    const other = await openTab(browser, beta.url);
    await add(one, 'Milk jug, 350 ml');
    await seesInCart(other, 'Milk jug, 350 ml', 1);

    await signIn(one, 'grace@example.com');

    await other.getByText('grace@example.com').first().waitFor();
    await seesInCart(other, 'Milk jug, 350 ml', 1);
    await seesInCart(one, 'Milk jug, 350 ml', 1);
    await one.getByText('2 live tabs').waitFor();
    await keepPicture(one, 'signed-in');
    expect(await seriousFindings(one)).toEqual([]);
    await browser.close();
  });

  it('signs out another device from the list, and says why over there', async () => {
    const [laptop, phone] = [await openBrowser(), await openBrowser({ width: 390 })];
    const here = await openTab(laptop, alpha.url);
    await signIn(here);
    const there = await openTab(phone, beta.url);
    await signIn(there);

    await here.locator('.devices .line').nth(1).waitFor();
    await here
      .locator('.devices')
      .getByRole('button', { name: /^Sign out Chrome/ })
      .click();

    await there.getByText('This session was ended from another device.').first().waitFor();
    await there.getByText('Signed out elsewhere').waitFor();
    await keepPicture(there, 'signed-out-elsewhere');
    expect(await seriousFindings(there)).toEqual([]);
    await here.locator('.devices .line').nth(1).waitFor({ state: 'detached' });
    expect(await here.locator('.devices .line').count()).toBe(1);
    await there.getByRole('button', { name: 'Continue as guest' }).click();
    await there.getByText('You are a guest.').waitFor();
    await Promise.all([laptop.close(), phone.close()]);
  });

  it('closes every tab when the user signs out in one', async () => {
    const browser = await openBrowser();
    const one = await openTab(browser, alpha.url);
    await signIn(one);
    const other = await openTab(browser, beta.url);

    await one.getByRole('button', { name: 'Sign out', exact: true }).first().click();

    await other.getByText('You signed out in another tab').first().waitFor();
    await one.getByText('You are a guest.').waitFor();
    await browser.close();
  });

  it('warns before the session expires, extends it, and says when it is over', async () => {
    const short = await NodeProcess.start('short', {
      ...redis,
      REDIS_PREFIX: 'short:',
      // It warns 3 s ahead: the time to press the button.
      SESSION_IDLE_SECONDS: '30',
    });
    const browser = await openBrowser();
    const server = await holdable(browser);
    const page = await openTab(browser, short.url);
    const dialog = page.getByRole('dialog');

    await dialog.waitFor();
    await page.getByRole('button', { name: 'Stay signed in' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await dialog.waitFor();
    // The session may end while the dialog is looked at; the page hears of it afterwards.
    server.hold();
    await keepPicture(page, 'expiring');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Let it end' }).click();
    await dialog.waitFor({ state: 'hidden' });
    server.release();

    await page.getByText('This session has expired.').first().waitFor();
    await keepPicture(page, 'expired');
    await browser.close();
    await short.stop();
  });

  it('goes to the other node when its own is killed, and loses no operation', async () => {
    const victim = await NodeProcess.start('victim', redis);
    const balancer = await TcpProxy.to(victim.url);
    const browser = await openBrowser();
    const page = await openTab(browser, balancer.url);
    await add(page, SCALE);
    await seesInCart(page, SCALE, 1);

    await victim.stop('SIGKILL');
    await add(page, SCALE);
    await add(page, SCALE);
    balancer.redirect(beta.url);

    await page.getByText('Live on node beta').waitFor();
    await page.getByText('Saved').waitFor();
    await seesInCart(page, SCALE, 3);
    await page.reload();
    await seesInCart(page, SCALE, 3);
    await browser.close();
  });

  it('keeps what is done offline and applies it when the network is back', async () => {
    const network = await TcpProxy.to(alpha.url);
    const browser = await openBrowser({ colorScheme: 'dark' });
    const page = await openTab(browser, network.url);
    await page.getByText('Nothing in it yet').waitFor();
    network.cut();
    await page.getByText('Offline, trying again').waitFor();

    await add(page, SCALE);
    await add(page, 'Two cups');

    await page.getByText('Offline, 2 changes kept').waitFor();
    await seesInCart(page, SCALE, 1);
    await keepPicture(page, 'offline-dark');
    expect(await seriousFindings(page)).toEqual([]);
    network.heal();
    await page.getByText('Saved').waitFor();
    await page.reload();
    await seesInCart(page, 'Two cups', 1);
    await browser.close();
  });

  it('rolls back what the server refuses, and says so', async () => {
    const browser = await openBrowser();
    const page = await openTab(browser, alpha.url);
    for (let count = 0; count < 100; count += 1) await add(page, SCALE);

    await page.getByText('Rolled back:').waitFor();

    await seesInCart(page, SCALE, 99);
    await browser.close();
  });

  it('is live by events where no WebSocket gets through, is told of the end, and goes back', async () => {
    const wall = await UpgradeWall.before(alpha);
    const browser = await openBrowser();
    const page = await browser.newPage();
    await page.goto(wall.url);
    await page.getByText('Live by events on node alpha').waitFor();
    await signInByEvents(page);
    await add(page, SCALE);
    await page.getByText('Saved').waitFor();
    await seesInCart(page, SCALE, 1);
    const elsewhere = await openTab(browser, beta.url);
    await add(elsewhere, SCALE);
    await seesInCart(page, SCALE, 2);
    expect(await seriousFindings(page)).toEqual([]);
    await keepPicture(page, 'by-events');

    await elsewhere.getByRole('button', { name: 'Sign out', exact: true }).first().click();

    await page.getByText('You signed out in another tab').first().waitFor();
    await page.getByRole('button', { name: 'Continue as guest' }).click();
    await page.getByText('Live by events on node alpha').waitFor();
    wall.open();
    await page.getByText('Live on node alpha').waitFor();
    await browser.close();
  });

  it('shows two nodes side by side', async () => {
    const browser = await openBrowser({ width: 1500 });
    const page = await browser.newPage();
    const port = new URL(beta.url).port;
    await page.goto(`${alpha.url}/side-by-side?other=${port}`);
    const [left, right] = [
      page.frameLocator('iframe >> nth=0'),
      page.frameLocator('iframe >> nth=1'),
    ];
    await right.getByText('Live on node beta').waitFor();
    await left.getByText('Live on node alpha').waitFor();
    await left.getByRole('button', { name: 'Sign in', exact: true }).click();
    await right.getByText('Somebody signed in here').waitFor();
    await right.getByText('Live on node beta').waitFor();

    await left.getByRole('button', { name: `Add ${SCALE} to the cart` }).click();

    await right.getByText(`${SCALE}, from this browser`).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await keepPicture(page, 'side-by-side');
    await browser.close();
  });

  it('is worth nothing to a page of another origin', async () => {
    const strict = await NodeProcess.start('strict', redis);
    const foreign = createServer((_, response) => response.end('<title>foreign</title>'));
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    stopAfterwards(() => foreign.close());
    const browser = await openBrowser();
    await openTab(browser, strict.url);
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${String((foreign.address() as AddressInfo).port)}/`);

    const answers = await page.evaluate(async (target) => {
      const socket = new WebSocket(
        `${target.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
      );
      const connected = await new Promise((resolve) => {
        socket.onopen = () => resolve(true);
        socket.onerror = () => resolve(false);
      });
      const post = await fetch(`${target}/auth/logout`, {
        method: 'POST',
        credentials: 'include',
      }).then(
        () => 'answered',
        () => 'refused',
      );
      return { connected, post };
    }, strict.url);

    expect(answers).toEqual({ connected: false, post: 'refused' });
    const own = await openTab(browser, strict.url);
    await own.getByText('You are a guest.').waitFor();
    await browser.close();
  });
});
