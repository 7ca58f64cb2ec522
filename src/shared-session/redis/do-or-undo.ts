import { setTimeout as pause } from 'node:timers/promises';
import { inTime } from './in-time.js';
import { isRedisOutage, wasNotSent } from './redis-outage.js';

/** Longer than a broken connection takes to be made anew. */
const WAIT_MS = 1500;
const PAUSE_MS = 250;

/** Work that nobody may be told has failed while it was done. */
export interface Undoable<T> {
  readonly work: () => Promise<T>;
  /** Does it if it was not done, and gives what the first time would have given. */
  readonly again: () => Promise<T>;
  /** Does nothing where the work was not done, or where somebody has built on it since. */
  readonly undo: () => Promise<unknown>;
  /** Resolves when another try makes sense after one that failed. */
  readonly untilReachable: (error: unknown) => Promise<void>;
}

/**
 * Does work in Redis, or leaves it undone. When nobody knows which, it is done once more, if that is possible within
 * 1.5 s. Otherwise it fails, and is undone as soon as that is possible.
 *
 * @throws what the work failed with first
 */
export async function doOrUndo<T>(
  { work, again, undo, untilReachable }: Undoable<T>,
  waitMs = WAIT_MS,
): Promise<T> {
  let isAwaited = true;

  async function settle(failure: unknown): Promise<T> {
    for (let error = failure; isRedisOutage(error);) {
      await untilReachable(error);
      try {
        const done = isAwaited ? await again() : undefined;
        // Whoever asked may have been told meanwhile that it failed.
        if (done !== undefined && isAwaited) return done;
        await undo();
        break;
      } catch (next) {
        error = next;
        await pause(PAUSE_MS, undefined, { ref: false });
      }
    }
    throw failure;
  }

  try {
    return await work();
  } catch (failure) {
    if (wasNotSent(failure)) throw failure;
    return inTime(settle(failure), waitMs, () => {
      isAwaited = false;
      return failure as Error;
    });
  }
}
