import { useRef, useState } from 'react';
import { operationTime } from 'nestjs-shared-session-client';
import { useLive, useSession } from 'nestjs-shared-session-client/react';
import type { CartChange } from '../../src/server/cart/cart.contract.js';
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

/** What the server told this tab, the newest first. */
export function useTimeline(): readonly Entry[] {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const count = useRef(0);
  const { session } = useSession();

  function note(what: string, tookMs?: number): void {
    count.current += 1;
    const entry = {
      id: count.current,
      at: Date.now(),
      what,
      ...(tookMs !== undefined && { tookMs }),
    };
    setEntries((before) => [entry, ...before].slice(0, KEPT));
  }

  useLive('session:ready', ({ node }: { node: string }) => note(TEXT.happened.ready(node)));
  useLive('session:changed', () => note(TEXT.happened.changed));
  useLive('session:expiring', () => note(TEXT.happened.expiring));
  useLive('session:extended', () => note(TEXT.happened.extended));
  useLive('session:ended', ({ reason }: { reason: keyof typeof TEXT.ended }) =>
    note(TEXT.ended[reason]),
  );
  useLive('devices:changed', () => note(TEXT.happened.devices));
  useLive('cart:changed', (change: CartChange) => {
    const made = operationTime(change.operationId);
    const tookMs = made === null ? Infinity : Date.now() - made;
    const isPlausible = tookMs >= 0 && tookMs < PLAUSIBLE_MS;
    note(describe(change, session?.handle), isPlausible ? tookMs : undefined);
  });
  return entries;
}

function describe({ lines, by }: CartChange, handle: string | undefined): string {
  const { happened } = TEXT;
  const what = lines.map(({ name, quantity }) => happened.line(name, quantity)).join(', ');
  const where = by === handle ? happened.here : happened.elsewhere;
  return `${happened.cart(what || happened.cleared)}, ${where}`;
}
