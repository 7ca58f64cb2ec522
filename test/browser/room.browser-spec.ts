import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { eventually } from '../../src/testing/eventually.js';
import { Room } from '../room/room.js';
import { RoomServer } from '../room/room-server.js';
import { Scoreboard } from '../room/scoreboard.js';
import { keepPicture, openBrowser, seriousFindings } from './browser.js';

describe('the control room’s page', () => {
  let room: Room;
  let server: RoomServer;

  beforeAll(async () => {
    room = await Room.start();
    server = await RoomServer.start(room, new Scoreboard());
  });

  beforeEach(async () => {
    // A tool of the test before may be in use still.
    await eventually(() => room.use('start-over'));
  });

  async function enter(browser: BrowserContext): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(server.address);
    await page.locator('.world[data-world=ours] .dot').nth(3).waitFor();
    await page.locator('.world[data-world=recipe] .dot').nth(3).waitFor();
    return page;
  }

  const laptopIn = (page: Page, world: string) =>
    page.locator(`.world[data-world=${world}] .dot`, { hasText: 'Ada’s laptop' });

  it('shows a logout: our dots go, one of the recipe’s stays and turns red', async () => {
    const browser = await openBrowser();
    const page = await enter(browser);
    expect(await laptopIn(page, 'ours').count()).toBe(2);

    await page.getByRole('button', { name: 'Log out', exact: true }).click();

    await page.getByText('Recipe: Sockets of ended sessions that are open: 1.').waitFor();
    await page.getByText('Ours: No socket of an ended session is open.').waitFor();
    await page.getByText(/Logged out \d\d:\d\d ago\. Still listening as Ada\. /).waitFor();
    expect(await laptopIn(page, 'ours').count()).toBe(0);
    expect(await laptopIn(page, 'recipe').count()).toBe(1);
    expect(await laptopIn(page, 'recipe').getAttribute('data-wrong')).not.toBeNull();
    await page.getByText(/Ours: Ada’s laptop was closed on node b after \d+ ms/).waitFor();
    await keepPicture(page, 'room');
    expect(await seriousFindings(page)).toEqual([]);
    await browser.close();
  });

  it('fits on a phone, and in the dark', async () => {
    const browser = await openBrowser({ width: 360, colorScheme: 'dark' });
    const page = await enter(browser);

    await page.getByRole('button', { name: 'Change Ada’s role' }).click();
    await page.getByText('Ada is a reader now, and still editor here.').first().waitFor();

    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await keepPicture(page, 'room-dark');
    expect(await seriousFindings(page)).toEqual([]);
    await browser.close();
  });

  it('runs a row of the torture, and shows what it came to in both worlds', async () => {
    const browser = await openBrowser();
    const page = await enter(browser);

    await page.getByRole('button', { name: 'Run: first contact is a socket' }).click();

    const row = page.locator('.scoreboard li', { hasText: 'first contact is a socket' });
    await row.getByText('refused UNAUTHENTICATED').waitFor();
    await row.getByText('let in, cookie for a session of its own').waitFor();
    await browser.close();
  });

  it('is refused without the token', async () => {
    const browser = await openBrowser();
    const page = await browser.newPage();

    const opened = page.goto(`${server.url}/`);

    await expect(opened).rejects.toThrow('ERR_HTTP_RESPONSE_CODE_FAILURE');
    await browser.close();
  });
});
