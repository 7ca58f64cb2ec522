import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
  type WebSocketRoute,
} from 'playwright-core';
import { stopAfterwards } from '../support/cleanup.js';

declare global {
  /** Set by jest.browser.config.mjs. */
  var CHROMIUM: string;
}

/** Keeps back what the server says, and lets it through again in order. */
interface Hold {
  readonly hold: () => void;
  readonly release: () => void;
}

const SCREENSHOTS = 'test-results/screenshots';
const FLAGS = [
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  // Names for tests that need several sites; nobody has them (RFC 2606).
  '--host-resolver-rules=MAP *.example 127.0.0.1',
];

let running: Promise<Browser> | undefined;

/** A visitor's browser: its own cookies, shared by its tabs. */
export async function openBrowser(
  settings: { colorScheme?: 'dark'; width?: number } = {},
): Promise<BrowserContext> {
  running ??= launch();
  const { width = 1200, ...rest } = settings;
  const context = await (await running).newContext({ ...rest, viewport: { width, height: 900 } });
  context.setDefaultTimeout(60_000);
  return context;
}

async function launch(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? [...FLAGS, '--no-sandbox'] : FLAGS;
  const browser = await chromium.launch({ executablePath: globalThis.CHROMIUM, args });
  stopAfterwards(() => browser.close());
  return browser;
}

/** A tab that is live. */
export async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.getByText('Live on node').waitFor();
  return page;
}

export async function signIn(page: Page, email?: string): Promise<void> {
  await submitSignIn(page, email);
  await page.getByText('Live on node').waitFor();
}

/** Where no WebSocket gets through. */
export async function signInByEvents(page: Page): Promise<void> {
  await submitSignIn(page);
  await page.getByText('Live by events on node').waitFor();
}

async function submitSignIn(page: Page, email = 'ada@example.com'): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().waitFor();
}

export async function add(page: Page, product: string): Promise<void> {
  await page.getByRole('button', { name: `Add ${product} to the cart` }).click();
}

/** Resolves when the cart shows this quantity of a product. */
export async function seesInCart(page: Page, product: string, quantity: number): Promise<void> {
  await page
    .locator('.cart .line', { hasText: product })
    .locator('.quantity', { hasText: new RegExp(`^${String(quantity)}$`) })
    .waitFor();
}

/** Lets a test keep pages from hearing their server, to look at what they show meanwhile. */
export async function holdable(context: BrowserContext): Promise<Hold> {
  const waiting: (() => void)[] = [];
  let held = false;
  const deliver = (message: () => void): void => {
    if (held) waiting.push(message);
    else message();
  };
  await context.routeWebSocket(/socket\.io/, (page) => {
    const server = page.connectToServer();
    server.onMessage((message) => deliver(() => page.send(message)));
    server.onClose(() => deliver(() => void page.close()));
  });
  return {
    hold: () => (held = true),
    release() {
      held = false;
      for (const message of waiting.splice(0)) message();
    },
  };
}

/** Lets a test take the sockets of pages away, and what stands in for them, though pages can be loaded, and give them back. */
export async function breakable(
  context: BrowserContext,
): Promise<Readonly<Record<'cut' | 'heal', () => void>>> {
  const open = new Set<WebSocketRoute>();
  let isCut = false;
  await context.routeWebSocket(/socket\.io/, (page) => {
    if (isCut) return void page.close();
    page.connectToServer();
    open.add(page);
  });
  await context.route('**/session/events', (route) => (isCut ? route.abort() : route.continue()));
  return {
    cut() {
      isCut = true;
      for (const page of open) void page.close();
      open.clear();
    },
    heal: () => (isCut = false),
  };
}

/** Keeps a picture of the page, to be looked at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

/** What axe finds that keeps people out: serious and critical violations, in words. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
