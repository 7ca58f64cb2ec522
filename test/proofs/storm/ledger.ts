import type { RedisClientType } from 'redis';

/** An operation that a cart remembers. */
export interface Applied {
  /** By Redis' clock. */
  readonly at: number;
  readonly sku: string;
  /** Handle of the session that it was applied in the name of. */
  readonly by: string;
}

/** What Redis has of one user's cart. */
export class Ledger {
  constructor(
    readonly version: number,
    /** By operation id. */
    readonly applied: ReadonlyMap<string, Applied>,
    /** By product. */
    readonly lines: ReadonlyMap<string, number>,
  ) {}

  /** Whether the lines are what the operations make, one piece each. */
  isWhole(): boolean {
    const made = new Map<string, number>();
    for (const { sku } of this.applied.values()) made.set(sku, (made.get(sku) ?? 0) + 1);
    return isSame(made, this.lines);
  }

  /** Whether somebody shows the same. */
  isShown(shown: ReadonlyMap<string, number>): boolean {
    return isSame(shown, this.lines);
  }
}

/** Reads a user's cart past the server. */
export async function readLedger(redis: RedisClientType, user: string): Promise<Ledger> {
  const cart = await redis.hGetAll(`cart:{user:${user}}`);
  const operations = await redis.hGetAll(`cart-operations:{user:${user}}`);
  const applied = new Map<string, Applied>();
  for (const [id, value] of Object.entries(operations)) {
    // `time|add scale 1|version|revision|previousRevision|by|…`; the order in which they came is beside them.
    const [at, content = '', version, , , by = ''] = value.split('|');
    if (id.startsWith('#') || id === 'kept' || version === 'limit') continue;
    applied.set(id, { at: Number(at), sku: content.split(' ')[1] ?? '', by });
  }
  const lines = Object.entries(cart)
    .filter(([field]) => field.startsWith('line:'))
    .map(([field, text]) => [field.slice('line:'.length), Number(text.split(':')[0])] as const);
  return new Ledger(Number(cart['version'] ?? 0), applied, new Map(lines));
}

function isSame(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return (
    one.size === other.size && [...one].every(([sku, quantity]) => other.get(sku) === quantity)
  );
}
