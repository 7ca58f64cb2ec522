import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { KeptOperations } from './kept-operations.js';

const HOUR_MS = 3_600_000;
const ADA = 'user:ada';
const made = (operationId: string, madeAt = Date.now()) => ({
  operation: { operationId },
  madeAt,
});

/** A storage as browsers have it, of as many characters at most. */
function storage(most = Infinity): Readonly<Record<string, string>> {
  const methods = {
    getItem(this: Record<string, string>, key: string) {
      return Object.hasOwn(this, key) ? this[key] : null;
    },
    setItem(this: Record<string, string>, key: string, value: string) {
      if (value.length > most) throw new Error('QuotaExceededError');
      this[key] = value;
    },
    removeItem(this: Record<string, unknown>, key: string) {
      Reflect.deleteProperty(this, key);
    },
  };
  return Object.create(methods) as Readonly<Record<string, string>>;
}

/** Web Locks as one browser has them: a page that asks gets a lock when nobody has it any more. */
function webLocks() {
  const held = new Map<string, Promise<unknown>>();
  return {
    request(name: string, ...rest: unknown[]): Promise<unknown> {
      const use = rest.at(-1) as () => unknown;
      const before = held.get(name) ?? Promise.resolve();
      const after = before.then(use);
      held.set(name, after);
      return after;
    },
  };
}

function provide(name: 'localStorage' | 'navigator', value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** What a page finds at once, or once others are gone, that speaks for `owner`. */
function findAs(page: KeptOperations<{ operationId: string }>, owner: string): string[] {
  const found: string[] = [];
  page.find(
    (each) => each === owner,
    (operations) => found.push(...operations.map(({ operation }) => operation.operationId)),
  );
  return found;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('KeptOperations', () => {
  const { navigator } = globalThis as { navigator?: unknown };
  let stored: Readonly<Record<string, string>>;

  beforeEach(() => {
    stored = storage();
    provide('localStorage', stored);
    provide('navigator', {});
  });

  afterEach(() => {
    jest.useRealTimers();
    Reflect.deleteProperty(globalThis, 'localStorage');
    provide('navigator', navigator);
  });

  it('gives the next page what one has left, in order, and once', () => {
    new KeptOperations('cart').keep(ADA, [made('a'), made('b')]);

    expect(findAs(new KeptOperations('cart'), ADA)).toEqual(['a', 'b']);
    expect(findAs(new KeptOperations('cart'), ADA)).toEqual([]);
  });

  it.each([
    ['of somebody else', 'cart', 'user:grace'],
    ['of a guest of the same name', 'cart', 'guest:ada'],
    ['for another state', 'notes', ADA],
  ])('gives nothing %s', (_, name, owner) => {
    new KeptOperations('cart').keep(ADA, [made('a')]);

    expect(findAs(new KeptOperations(name), owner)).toEqual([]);
    expect(findAs(new KeptOperations('cart'), ADA)).toEqual(['a']);
  });

  it('keeps nothing that is settled', () => {
    const page = new KeptOperations('cart');
    page.keep(ADA, [made('a'), made('b')]);

    page.keep(ADA, [made('b')]);
    expect(findAs(new KeptOperations('cart'), ADA)).toEqual(['b']);
    page.keep(ADA, []);

    expect(Object.keys(stored)).toEqual([]);
  });

  it('takes nothing from a page that is still there, and all when it has gone', async () => {
    provide('navigator', { locks: webLocks() });
    const open = new KeptOperations('cart');
    open.keep(ADA, [made('a')]);
    const found = findAs(new KeptOperations('cart'), ADA);
    await settled();
    expect(found).toEqual([]);

    open.stop();
    await settled();

    expect(found).toEqual(['a']);
  });

  it('takes nothing over for whom the session no longer speaks, nor when it was stopped', async () => {
    provide('navigator', { locks: webLocks() });
    const open = new KeptOperations('cart');
    open.keep(ADA, [made('a')]);
    const [leaving, closed] = [new KeptOperations('cart'), new KeptOperations('cart')];
    let isOwner = true;
    const take = jest.fn();
    leaving.find(() => isOwner, take);
    closed.find(() => true, take);

    isOwner = false;
    closed.stop();
    open.stop();
    await settled();

    expect(take).not.toHaveBeenCalled();
    expect(Object.keys(stored)).toHaveLength(1);
  });

  it.each([
    ['there is no storage', undefined],
    ['the storage is full', storage(10)],
  ])('says that it keeps nothing where %s', (_, value) => {
    provide('localStorage', value);

    expect(new KeptOperations('cart').keep(ADA, [made('a')])).toBe(false);
    expect(findAs(new KeptOperations('cart'), ADA)).toEqual([]);
  });

  it('keeps nothing that was settled when the rest does not fit', () => {
    stored = storage(150);
    provide('localStorage', stored);
    const page = new KeptOperations('cart');
    page.keep(ADA, [made('a')]);

    expect(page.keep(ADA, [made('b'.repeat(150))])).toBe(false);

    expect(Object.keys(stored)).toEqual([]);
  });

  it('leaves alone what it did not write, or cannot read', () => {
    Object.assign(stored, { theirs: '{"name":"cart"}' });
    for (const text of ['{', 'null', '7', '{"name":"cart","owner":"user:ada","operations":[{}]}']) {
      Object.assign(stored, { [`nestjs-shared-session:${text}`]: text });
    }

    expect(findAs(new KeptOperations('cart'), ADA)).toEqual([]);
    expect(Object.keys(stored)).toHaveLength(5);
  });

  it('removes what somebody else left when nobody would send it any more', () => {
    new KeptOperations('cart').keep('user:grace', [made('a', Date.now() - 25 * HOUR_MS)]);
    new KeptOperations('cart').keep('user:grace', [made('b', Date.now() - 23 * HOUR_MS)]);

    findAs(new KeptOperations('cart'), ADA);

    expect(findAs(new KeptOperations('cart'), 'user:grace')).toEqual(['b']);
  });

  it('writes whose the operations are, and nothing else of the session', () => {
    new KeptOperations('cart').keep(ADA, [made('a', 1)]);

    const [text = ''] = Object.values(stored);
    expect(JSON.parse(text)).toEqual({
      name: 'cart',
      owner: ADA,
      operations: [{ operation: { operationId: 'a' }, madeAt: 1 }],
    });
  });
});
