import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startEmbeddedValkey } from '../../src/redis-server/embedded-valkey.js';
import { stopAfterwards } from '../support/cleanup.js';
import { NodeProcess } from '../support/node-process.js';
import { keepPicture, openBrowser, seriousFindings } from './browser.js';

describe('the page at /docs', () => {
  let node: NodeProcess;

  beforeAll(async () => {
    const valkey = await startEmbeddedValkey();
    stopAfterwards(() => valkey.stop());
    node = await NodeProcess.start('alpha', { REDIS_URL: valkey.url, DEMO_ACCOUNTS: 'on' });
  });

  /** The page, with whatever the browser complains about on it. */
  async function openDocs(
    settings: Parameters<typeof openBrowser>[0] = {},
  ): Promise<{ page: Page; complaints: string[]; close: () => Promise<void> }> {
    const browser = await openBrowser(settings);
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`${node.url}/docs`);
    await page.getByRole('searchbox').waitFor();
    return { page, complaints, close: () => browser.close() };
  }

  const send = (page: Page, name: string) =>
    page.getByRole('button', { name: `Send ${name}`, exact: true }).click();
  const answerTo = (page: Page, name: string) =>
    page.getByRole('form', { name: `Try ${name}`, exact: true }).getByRole('status');

  it('opens the schema that a link leads to, each time and by its address', async () => {
    const { page, close } = await openDocs();
    const schema = page.locator('#CartSnapshot');
    const summary = schema.locator('summary');
    const link = page.locator('[id="cart:get"] dd a', { hasText: 'CartSnapshot' });

    await link.click();
    await schema.getByText('JSON Schema:').waitFor();
    await page.locator('#CartSnapshot summary:focus').waitFor();
    await summary.click();
    await schema.getByText('JSON Schema:').waitFor({ state: 'hidden' });
    await link.click();
    await schema.getByText('JSON Schema:').waitFor();
    await page.reload();

    await schema.getByText('JSON Schema:').waitFor();
    await close();
  });

  it('shows what is searched for, and all again where a link leads to what is hidden', async () => {
    const { page, close } = await openDocs();
    const search = page.getByRole('searchbox');
    const visible = () =>
      page.evaluate<string[]>(
        `[...document.querySelectorAll('.entry')].filter((each) => each.checkVisibility()).map(({ id }) => id)`,
      );
    const all = await visible();

    await search.fill('cart:get');
    await page.getByText(`1 of ${String(all.length)} shown`).waitFor();
    expect(await visible()).toEqual(['cart:get']);
    await search.fill('retryAfterMs');
    expect(await visible()).toEqual(['RATE_LIMITED']);
    await search.fill('post LOGIN');
    expect(await visible()).toEqual(['postAuthLogin']);
    await page.locator('#postAuthLogin dd a', { hasText: 'Credentials' }).click();

    await page.locator('#Credentials').getByText('JSON Schema:').waitFor();
    expect(await visible()).toEqual(all);
    await close();
  });

  it('sends a request and events, as one session, and shows what came of them', async () => {
    const { page, complaints, close } = await openDocs();

    await send(page, 'GET /session');
    await answerTo(page, 'GET /session').getByText('"kind": "guest"').waitFor();
    await send(page, 'session:get');
    await answerTo(page, 'session:get').getByText('"ok": true').waitFor();
    await send(page, 'cart:get');
    await answerTo(page, 'cart:get').getByText('"lines": []').waitFor();
    await send(page, 'cart:apply');
    await answerTo(page, 'cart:apply').getByText('"replayed": false').waitFor();
    await page.locator('[data-received="cart:changed"]').getByText('"sku"').waitFor();

    const handles = ['GET /session', 'session:get'].map(async (name) =>
      /"handle": "([^"]+)"/.exec((await answerTo(page, name).textContent()) ?? ''),
    );
    const [one, other] = await Promise.all(handles);
    expect(one?.[1]).toBe(other?.[1]);
    expect(await answerTo(page, 'GET /session').textContent()).toMatch(/^200 OK/);
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows what is refused, and sends what takes something away at the second click', async () => {
    const { page, close } = await openDocs();
    const requests: string[] = [];
    page.on('request', (request) =>
      requests.push(`${request.method()} ${new URL(request.url()).pathname}`),
    );

    await send(page, 'DELETE /devices');
    const second = page.getByRole('button', { name: 'Really send DELETE /devices', exact: true });
    await second.waitFor();
    await send(page, 'GET /user/profile');
    await answerTo(page, 'GET /user/profile').getByText('"UNAUTHENTICATED"').waitFor();
    // Leaving the button took the first click back.
    await second.waitFor({ state: 'detached' });
    await send(page, 'DELETE /devices');
    expect(requests).toEqual(['GET /user/profile']);
    await second.click();

    await answerTo(page, 'DELETE /devices').getByText('"UNAUTHENTICATED"').waitFor();
    expect(requests).toEqual(['GET /user/profile', 'DELETE /devices']);
    await close();
  });

  it.each([{}, { colorScheme: 'dark' as const }])(
    'fits 360 px and keeps nobody out: %j',
    async (settings) => {
      const { page, close } = await openDocs({ ...settings, width: 360 });
      await page.evaluate(
        `for (const each of document.querySelectorAll('details')) each.open = true`,
      );
      await send(page, 'GET /session');
      await answerTo(page, 'GET /session').getByText('"handle"').waitFor();

      const width = await page.evaluate('document.documentElement.scrollWidth');

      expect(width).toBe(360);
      // Of hundreds that are alike, those in one entry are enough to look at.
      await page.evaluate(
        `for (const each of document.querySelectorAll('details:not(#getSession *)')) each.open = false`,
      );
      expect(await seriousFindings(page)).toEqual([]);
      await keepPicture(page, `docs-${settings.colorScheme ?? 'light'}`);
      await close();
    },
  );
});
