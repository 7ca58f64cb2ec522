import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChangeLog } from './change-log.js';
import type { Change, Versioned } from './versioned.js';

interface Counter extends Versioned {
  readonly count: number;
}
type CounterChange = Change & Counter;

const EMPTY: Counter = { version: 0, revision: '', count: 0 };
const withChange = (_: Counter, { version, revision, count }: CounterChange): Counter => ({
  version,
  revision,
  count,
});

/** A change that sets the count to its version. */
function change(version: number, fork = ''): CounterChange {
  return {
    version,
    revision: `${fork}r${String(version)}`,
    previousRevision: version === 1 ? '' : `${fork}r${String(version - 1)}`,
    count: version,
  };
}

const history = (length: number) => Array.from({ length }, (_, index) => change(index + 1));
const after = (changes: readonly CounterChange[]) => changes.reduce(withChange, EMPTY);

/** A log that the server has answered with `cart`. */
function logAt(cart: Counter): ChangeLog<Counter, CounterChange> {
  const log = new ChangeLog(withChange);
  log.askServer()(cart);
  return log;
}

describe('ChangeLog', () => {
  it('ends at the server’s cart whatever the order and however often changes come', () => {
    const deliveries = fc.integer({ min: 1, max: 12 }).chain((length) =>
      fc.record({
        from: fc.integer({ min: 0, max: length }),
        order: fc.shuffledSubarray([...history(length), ...history(length)], {
          minLength: 2 * length,
        }),
      }),
    );
    fc.assert(
      fc.property(deliveries, ({ from, order }) => {
        const all = history(order.length / 2);
        const log = logAt(after(all.slice(0, from)));
        for (const each of order) log.add(each);
        expect(log.state).toEqual(after(all));
        expect(log.hasGap).toBe(false);
      }),
    );
  });

  it.each([
    ['what it has just applied', 3],
    ['what is older', 1],
  ])('takes %s for no gap when it comes again', (_, version) => {
    const log = logAt(after(history(3)));

    log.add(change(version));

    expect(log.hasGap).toBe(false);
    expect(log.state).toEqual(after(history(3)));
  });

  it('keeps what came before the first answer', () => {
    const log = new ChangeLog(withChange);
    const take = log.askServer();

    log.add(change(2));
    take(after(history(1)));

    expect(log.state).toEqual(after(history(2)));
  });

  it('sees a gap, and closes it with the missing change', () => {
    const log = logAt(EMPTY);

    log.add(change(2));
    expect(log.hasGap).toBe(true);
    expect(log.state?.version).toBe(0);

    log.add(change(1));
    expect(log.hasGap).toBe(false);
    expect(log.state?.version).toBe(2);
  });

  it('is not set back by an answer that is older than what came since', () => {
    const log = logAt(EMPTY);
    const take = log.askServer();

    log.add(change(1));
    log.add(change(2));
    take(after(history(1)));

    expect(log.state).toEqual(after(history(2)));
  });

  it('follows the server to another history that uses the same version numbers', () => {
    const log = logAt(after(history(3)));
    const fork = { ...after(history(1)), revision: 'other r1' };

    log.add({ ...change(4), previousRevision: 'lost' });
    expect(log.hasGap).toBe(true);
    log.askServer()(fork);

    expect(log.state).toEqual(fork);
    expect(log.hasGap).toBe(false);
  });

  it('forgets what waits for a change that the server does not have', () => {
    const log = logAt(after(history(1)));
    log.add(change(5));

    log.askServer()(null);

    expect(log.hasGap).toBe(false);
  });

  it('keeps what came while the server was asked', () => {
    const log = logAt(after(history(1)));
    const take = log.askServer();
    log.add(change(3));

    take(null);

    expect(log.hasGap).toBe(true);
    log.add(change(2));
    expect(log.state?.version).toBe(3);
  });
});
