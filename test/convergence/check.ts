import type { RedisClientType } from 'redis';
import type { CartSnapshot } from '../../src/server/cart/cart.contract.js';
import { MAX_QUANTITY } from '../../src/server/cart/cart.contract.js';
import { cartOf } from '../support/browser-tab.js';
import type { Tab } from './shopper.js';

/** What is held against what the tabs saw. */
export interface Expectations {
  readonly redis: RedisClientType;
  readonly redisPrefix: string;
  /** Longest time from a broadcast, past a gap, until the tab shows it. */
  readonly resyncMs: number;
}

/** One user with several tabs, who does no more than the cart remembers. */
export interface Shopper {
  readonly id: string;
  readonly tabs: readonly Tab[];
}

interface Ledger {
  /** Operation id by version; versions without one are missing. */
  readonly byVersion: ReadonlyMap<number, string>;
  /** `add scale 2` and the like, by operation id. */
  readonly contents: ReadonlyMap<string, string>;
}

/**
 * Compares what a shopper's tabs were told, what they show, and what Redis holds; gives what is wrong
 * in words.
 */
export async function violationsOf(
  { id, tabs }: Shopper,
  cart: CartSnapshot,
  { redis, redisPrefix, resyncMs }: Expectations,
): Promise<string[]> {
  const ledger = parse(await redis.hGetAll(`${redisPrefix}cart-operations:{user:${id}}`));
  return [
    ...versionViolations(cart, ledger),
    ...tabs.flatMap((tab) => settlementViolations(tab, ledger)),
    ...extraViolations(tabs, ledger),
    ...contentViolations(cart, ledger),
    ...tabs.flatMap((tab) => viewViolations(tab, cart, resyncMs)),
  ];
}

/** Versions rise by one without a hole. An operation that made two is stored for the last one only. */
function versionViolations({ version }: CartSnapshot, { byVersion }: Ledger): string[] {
  return Array.from({ length: version }, (_, index) => index + 1)
    .filter((each) => !byVersion.has(each))
    .map((each) => `version ${String(each)} has no operation`);
}

/** What was acknowledged is in the cart, and what was sent was settled once. */
function settlementViolations({ sent, settled }: Tab, { byVersion }: Ledger): string[] {
  const applied = new Set(byVersion.values());
  const lost = settled.filter(
    (each) => each.settled.applied && !applied.has(each.operationId),
  ).length;
  return [
    ...(lost > 0 ? [`${String(lost)} acknowledged operations are not in the cart`] : []),
    ...(sent.size === settled.length
      ? []
      : [`${String(sent.size)} operations were sent and ${String(settled.length)} settled`]),
  ];
}

/** What was refused, or never settled, is not in the cart. */
function extraViolations(tabs: readonly Tab[], { byVersion }: Ledger): string[] {
  const acknowledged = new Set(
    tabs.flatMap(({ settled }) => settled.map(({ operationId }) => operationId)),
  );
  const extra = [...byVersion.values()].filter((operationId) => !acknowledged.has(operationId));
  return extra.length > 0
    ? [`${String(extra.length)} operations are in the cart that nobody was told of`]
    : [];
}

/** The cart holds what its operations make, one after another. */
function contentViolations(cart: CartSnapshot, { byVersion, contents }: Ledger): string[] {
  const quantities = new Map<string, number>();
  for (let version = 1; version <= cart.version; version += 1) {
    const [type = '', sku = '', quantity = '0'] = (
      contents.get(byVersion.get(version) ?? '') ?? ''
    ).split(' ');
    if (type === 'clear') quantities.clear();
    else if (type === 'set') quantities.set(sku, Number(quantity));
    else quantities.set(sku, (quantities.get(sku) ?? 0) + Number(quantity));
  }
  const wrong = cart.lines.filter(({ sku, quantity }) => quantities.get(sku) !== quantity);
  const missing = [...quantities].filter(
    ([sku, quantity]) => quantity > 0 && !cart.lines.some((line) => line.sku === sku),
  );
  const excessive = [...quantities.values()].filter((quantity) => quantity > MAX_QUANTITY);
  const isRight = wrong.length + missing.length + excessive.length === 0;
  return isRight ? [] : ['the cart is not what its operations make'];
}

/** The tab shows what the server has, and was never behind for long. */
function viewViolations(tab: Tab, cart: CartSnapshot, resyncMs: number): string[] {
  const slow = tab.delays.filter((delay) => delay > resyncMs).length;
  return [
    ...(shows(tab, cart) ? [] : ['a tab shows another cart']),
    ...(slow > 0
      ? [`a tab was behind for more than ${String(resyncMs)} ms, ${String(slow)} times`]
      : []),
  ];
}

/** Whether a tab shows this very cart. */
export function shows({ session }: Tab, cart: CartSnapshot): boolean {
  const sorted = ({ lines, ...rest }: CartSnapshot) =>
    JSON.stringify({ ...rest, lines: lines.toSorted((a, b) => (a.sku < b.sku ? -1 : 1)) });
  const shown = cartOf(session).getSnapshot().state;
  return shown !== null && sorted(shown) === sorted(cart);
}

function parse(fields: Readonly<Record<string, string>>): Ledger {
  const byVersion = new Map<number, string>();
  const contents = new Map<string, string>();
  for (const [field, value] of Object.entries(fields)) {
    const [, content, version] = value.split('|');
    // The order in which they came, and refusals.
    if (field.startsWith('#') || field === 'kept' || version === 'limit') continue;
    byVersion.set(Number(version), field);
    contents.set(field, content ?? '');
  }
  return { byVersion, contents };
}
