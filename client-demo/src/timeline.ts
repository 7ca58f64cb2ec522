import { operationTime } from 'nestjs-shared-session-client';
import type { CartChange } from '../../src/server/cart/cart.contract.js';
import { session } from './live.js';
import { Store } from './store.js';
import { TEXT } from './text.js';

/** Something that the server told this tab. */
export interface Entry {
  readonly id: number;
  readonly at: number;
  readonly what: string;
  /** From the change in one tab to its arrival here, in ms, if both clocks are the same. */
  readonly tookMs?: number;
}

const KEPT = 30;
/** More than this is another machine's clock, or a change that was kept while offline. */
const PLAUSIBLE_MS = 10_000;

export const timeline = new Store<readonly Entry[]>([]);

let count = 0;
const { socket } = session;
socket.on('session:ready', ({ node }: { node: string }) => note(TEXT.happened.ready(node)));
socket.on('session:changed', () => note(TEXT.happened.changed));
socket.on('session:expiring', () => note(TEXT.happened.expiring));
socket.on('session:extended', () => note(TEXT.happened.extended));
socket.on('session:ended', ({ reason }: { reason: keyof typeof TEXT.ended }) =>
  note(TEXT.ended[reason]),
);
socket.on('devices:changed', () => note(TEXT.happened.devices));
socket.on('cart:changed', (change: CartChange) => {
  const made = operationTime(change.operationId);
  const tookMs = made === null ? Infinity : Date.now() - made;
  const isPlausible = tookMs >= 0 && tookMs < PLAUSIBLE_MS;
  note(describe(change), isPlausible ? tookMs : undefined);
});

function describe({ lines, by }: CartChange): string {
  const { happened } = TEXT;
  const what = lines.map(({ name, quantity }) => happened.line(name, quantity)).join(', ');
  const isHere = by === session.getSnapshot().session?.handle;
  return `${happened.cart(what || happened.cleared)}, ${isHere ? happened.here : happened.elsewhere}`;
}

function note(what: string, tookMs?: number): void {
  count += 1;
  const entry = { id: count, at: Date.now(), what, ...(tookMs !== undefined && { tookMs }) };
  timeline.set([entry, ...timeline.getSnapshot()].slice(0, KEPT));
}
