import { setTimeout as pause } from 'node:timers/promises';
import type { CartSnapshot } from '../../src/server/cart/cart.contract.js';
import { eventually } from '../../src/testing/eventually.js';
import { Random } from '../support/random.js';
import { Visitor } from '../support/visitor.js';
import { type Expectations, type Shopper, shows, violationsOf } from './check.js';
import { LATE_MS, type SendAgain, Tab } from './shopper.js';

export interface Convergence extends Expectations {
  /** One tab of each shopper is on each of these. */
  readonly nodes: readonly { readonly url: string }[];
  readonly seed: number;
  readonly shoppers: number;
  readonly operations: number;
  /** Called once, when about a third of the operations are done. */
  readonly disrupt?: () => Promise<void>;
}

export interface Outcome {
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

const CUT_EVERY_MS = 150;
const SETTLE_MS = 60_000;

/** Lets shoppers loose on one set of carts, then checks that all agree on what happened. */
export async function converge(settings: Convergence): Promise<Outcome> {
  const random = new Random(settings.seed);
  const shoppers: Shopper[] = [];
  while (shoppers.length < settings.shoppers) shoppers.push(await arrive(settings, random));
  const tabs = shoppers.flatMap((shopper) => shopper.tabs);

  const counts = { cuts: 0, operations: 0, disruptions: 0 };
  const cutting = setInterval(() => {
    random.pick(tabs).cut();
    counts.cuts += 1;
  }, CUT_EVERY_MS);
  const share = settings.operations / tabs.length;
  let disrupted: Promise<void> | undefined;
  await Promise.all(
    tabs.map(async (tab) => {
      for (let done = 0; done < share; done += 1) {
        await tab.shop();
        counts.operations += 1;
        if (counts.operations > settings.operations / 3 && settings.disrupt) {
          disrupted ??= settings.disrupt().then(() => void (counts.disruptions += 1));
        }
      }
    }),
  );
  clearInterval(cutting);
  await disrupted;

  const violations = await Promise.all(
    shoppers.map(async (shopper) => violationsOf(shopper, await settledCart(shopper), settings)),
  );
  return { violations: violations.flat(), counts: { ...counts, ...summary(tabs) } };
}

async function arrive({ nodes }: Convergence, random: Random): Promise<Shopper> {
  const [home] = nodes;
  if (!home) throw new Error('There are no nodes.');
  const visitor = await new Visitor(home).register();
  const { body } = await visitor.get<{ principal: { id: string } }>('/session');
  const sendAgain: SendAgain = (operation, sender) => {
    // A node that is down does not answer; the tab itself goes on until it knows.
    sender.post('/cart/operations', operation, random.pick(nodes) as never).catch(() => undefined);
  };
  const tabs = await Promise.all(nodes.map((node) => Tab.open(visitor, node, random, sendAgain)));
  return { id: body.principal.id, tabs };
}

/** The server's cart, once nothing is under way any more and the tabs have learned of it, or will not. */
async function settledCart({ tabs }: Shopper): Promise<CartSnapshot> {
  const [tab] = tabs;
  if (!tab) throw new Error('There are no tabs.');
  await eventually(
    () => tabs.every((each) => each.session.getSnapshot().status === 'live'),
    SETTLE_MS,
  );
  const { body: cart } = await tab.visitor.get<CartSnapshot>('/cart');
  await eventually(() => tabs.every((each) => shows(each, cart))).catch(() => undefined);
  // What was late by then has come too, and may have undone it.
  await pause(2 * LATE_MS);
  return cart;
}

function summary(tabs: readonly Tab[]): Record<string, number> {
  const settled = tabs.flatMap((tab) => tab.settled);
  const applied = settled.filter((each) => each.settled.applied).length;
  const sent = tabs.flatMap((tab) => [...tab.sent.values()]);
  const delays = tabs.flatMap((tab) => tab.delays);
  return {
    applied,
    refused: settled.length - applied,
    retried: sent.filter((times) => times > 1).length,
    longestDelayMs: Math.round(Math.max(0, ...delays)),
  };
}
