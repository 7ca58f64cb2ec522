import type { RedisClientType } from 'redis';
import type { CartSnapshot } from '../../../src/server/cart/cart.contract.js';
import { call } from './call.js';
import type { Customer } from './customer.js';
import type { Fleet } from './fleet.js';
import type { History } from './history.js';
import { type Ledger, readLedger } from './ledger.js';

/** The clocks of Redis and of this process are the machine's; what is sent first may arrive later. */
const MARGIN_MS = 100;

/** What can be wrong, in a word. */
export const KINDS = [
  'lost',
  'twice',
  'stray',
  'after the end',
  'ended works',
  'open too long',
  'tab differs',
  'unanswered',
  'forced out',
  'wrong code',
  'node',
  'figure',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Violation {
  readonly kind: Kind;
  readonly detail: string;
}

/** What is there when the load has stopped and everything is healed. */
export interface Evidence {
  readonly history: History;
  readonly fleet: Fleet;
  readonly customers: readonly Customer[];
  readonly redis: RedisClientType;
  readonly closeWithinMs: number;
}

/** Holds all that the clients saw against what Redis and the nodes have in the end. */
export async function check(evidence: Evidence): Promise<Violation[]> {
  const { history, fleet, customers, redis } = evidence;
  const found: Violation[] = [];
  for (const customer of customers) {
    const ledger = await readLedger(redis, customer.id);
    found.push(...cartViolations(customer, ledger, history), ...tabViolations(customer, ledger));
    found.push(...(await shownViolations(customer, ledger, fleet)));
  }
  found.push(...(await endedViolations(history, fleet)), ...openViolations(evidence));
  found.push(...answerViolations(history));
  const forced = history.forcedOut.map(({ handle, how }) => `${handle} ${how}`);
  return [...found, ...listed('forced out', forced), ...listed('node', fleet.complaints())];
}

/** Every acknowledged operation is there once, nothing that nobody sent, and nothing of an ended session. */
function cartViolations(
  { id }: Customer,
  ledger: Ledger,
  { attempts, ends }: History,
): Violation[] {
  const own = attempts.filter(({ user }) => user === id);
  const acknowledged = new Set(
    own.filter(({ outcome }) => outcome === 'ok').map(({ operationId }) => operationId),
  );
  const sent = new Set(own.map(({ operationId }) => operationId));
  const lost = [...acknowledged].filter((each) => !ledger.applied.has(each));
  const stray = [...ledger.applied.keys()].filter((each) => !sent.has(each));
  // An operation that is applied a second time makes another version, and is listed for that one only.
  const twice = ledger.version - ledger.applied.size;
  const late = [...ledger.applied.values()].filter(({ by, at }) => {
    const ended = ends.get(by)?.acknowledgedAt;
    return ended !== undefined && at > ended + MARGIN_MS;
  });
  return [
    ...listed('lost', lost),
    ...listed('stray', stray),
    ...listed(
      'after the end',
      late.map(({ by }) => by),
    ),
    ...(twice > 0 ? [{ kind: 'twice' as const, detail: `${String(twice)} of ${id}` }] : []),
    ...(ledger.isWhole() ? [] : [{ kind: 'stray' as const, detail: `the lines of ${id}` }]),
  ];
}

/** The tabs show what the ledger makes. */
function tabViolations({ devices }: Customer, ledger: Ledger): Violation[] {
  const wrong = devices.filter(
    ({ session }) => !session || !ledger.isShown(session.tab.cart.quantities),
  );
  return listed(
    'tab differs',
    wrong.map(({ session }) => session?.handle ?? 'nobody'),
  );
}

/** And so does the server, at any node. */
async function shownViolations(
  { devices: [{ session }], id }: Customer,
  ledger: Ledger,
  fleet: Fleet,
): Promise<Violation[]> {
  const reply = await call(fleet.pick(), 'GET', '/cart', { cookie: session?.cookie ?? '' });
  if (reply.status !== 200)
    return [{ kind: 'forced out', detail: `${id}: ${String(reply.status)}` }];
  const { lines } = reply.body as CartSnapshot;
  const shown = new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
  return ledger.isShown(shown) ? [] : [{ kind: 'tab differs', detail: `GET /cart of ${id}` }];
}

/** No cookie of an ended session is worth anything, at any node, in the end either. */
async function endedViolations(
  { ends, letIn }: History,
  { stations }: Fleet,
): Promise<Violation[]> {
  const works: string[] = [...letIn];
  for (const { cookie, handle, acknowledgedAt } of ends.values()) {
    if (acknowledgedAt === undefined) continue;
    for (const place of stations) {
      const { status } = await call(place, 'GET', '/user/profile', { cookie });
      if (status === 200) works.push(`${handle} at ${place.name}, in the end`);
    }
  }
  return listed('ended works', works);
}

/** Sockets of ended sessions are closed within the bound. */
function openViolations({ history, closeWithinMs }: Evidence): Violation[] {
  const now = Date.now();
  const late = history.connections.flatMap(({ handle, node, openedAt, closedAt = now }) => {
    const ended = history.ends.get(handle)?.acknowledgedAt;
    if (ended === undefined) return [];
    const ms = closedAt - Math.max(ended, openedAt);
    return ms > closeWithinMs ? [`${handle} at ${node} after ${String(Math.round(ms))} ms`] : [];
  });
  return listed('open too long', late);
}

/** Every event is answered, and never with what says that the server is broken. */
function answerViolations({ attempts }: History): Violation[] {
  const unanswered = attempts.filter(({ isUnanswered }) => isUnanswered);
  const wrong = attempts.filter(({ code }) => code === 'INTERNAL' || code === 'NO_CODE');
  return [
    ...listed(
      'unanswered',
      unanswered.map(({ node }) => node),
    ),
    ...listed(
      'wrong code',
      wrong.map(({ node, code = '' }) => `${code} of ${node}`),
    ),
  ];
}

function listed(kind: Kind, details: readonly string[]): Violation[] {
  return details.map((detail) => ({ kind, detail }));
}
