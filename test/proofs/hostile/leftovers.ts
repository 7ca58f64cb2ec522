import { eventually } from '../../../src/testing/eventually.js';
import { call } from './http-call.js';
import type { ProcessWatch } from './process-watch.js';
import type { Inside } from './server.js';

/** What must be gone is gone by then. */
const PATIENCE_MS = 10_000;
/** What a program that has run for longer has compiled, cached and not yet let go of. */
const MORE_HEAP_MB = 8;

/** What a node has open and holds, to be compared with later. */
export interface Holding {
  readonly descriptors: number;
  /** Undefined of a node that does not tell. */
  readonly inside: Inside | undefined;
}

export async function holdingOf(watch: ProcessWatch): Promise<Holding> {
  const answer = await call(new URL(watch.node.url), 'GET', '/hostile/inside');
  const inside = answer.status === 200 ? (JSON.parse(answer.text) as Inside) : undefined;
  return { descriptors: watch.descriptors, inside };
}

/** What a node has left of what is over, as `descriptors 40 instead of 30`. */
export async function leftovers(watch: ProcessWatch, before: Holding): Promise<string[]> {
  let found: string[] = [];
  const isClean = async (): Promise<boolean> => {
    found = differences(before, await holdingOf(watch));
    return found.length === 0;
  };
  await eventually(isClean, PATIENCE_MS).catch(() => undefined);
  return found;
}

function differences(before: Holding, now: Holding): string[] {
  const then = { descriptors: before.descriptors, ...before.inside };
  return Object.entries({ descriptors: now.descriptors, ...now.inside }).flatMap(
    ([name, value]) => {
      const held = Number((then as Record<string, number>)[name]);
      const most = held + (name === 'heapMb' ? MORE_HEAP_MB : 0);
      return value > most ? [`${name} ${value.toFixed(0)} instead of ${held.toFixed(0)}`] : [];
    },
  );
}
