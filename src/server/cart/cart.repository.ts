import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  Durability,
  type Principal,
  principalName,
  type RedisClients,
  type Session,
  SessionKeys,
} from '../../shared-session/index.js';
import { APP_PREFIX } from '../app.tokens.js';
import { REDIS_CLIENTS } from '../redis/redis.module.js';
import { CartKeys } from './cart-keys.js';
import { APPLY_OPERATION, type CartOutcome } from './cart.script.js';
import { KEEP_CART, NOTE_GUEST, TAKE_CART } from './guest-cart.script.js';

/** A cart's line as it is stored. */
export interface StoredLine {
  readonly sku: string;
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: number;
}

export interface StoredCart {
  readonly version: number;
  readonly revision: string;
  readonly lines: readonly StoredLine[];
  /** Of the whole cart, in minor units. */
  readonly total: number;
}

/** A guest's cart, on its way to a user. */
export interface TakenCart {
  readonly lines: readonly StoredLine[];
  readonly operations: readonly AppliedOperation[];
}

export interface StoredChange extends StoredCart {
  readonly previousRevision: string;
  readonly by: string;
}

/** An operation as the cart script takes it. */
export interface CartCommand {
  readonly operationId: string;
  /** Tells two operations of one id apart. */
  readonly fingerprint: string;
  readonly clear?: true;
  /** Refused as `stale` unless the cart is at this revision. */
  readonly expectedRevision?: string;
  readonly lines: readonly CommandLine[];
  /** A guest's operations that are in it: sent again by the user, they count as applied. */
  readonly joined?: readonly AppliedOperation[];
}

/** An operation that a cart remembers. */
interface AppliedOperation {
  readonly operationId: string;
  readonly fingerprint: string;
}

interface CommandLine {
  readonly mode: 'add' | 'set';
  readonly sku: string;
  readonly quantity: number;
  /** Minor units; undefined if there is no such product. */
  readonly unitPrice: number | undefined;
}

const DAY_MS = 86_400_000;

/** How long a cart is kept. Nobody can come back to a guest's. */
const CART_KEPT = { user: 'for good', guest: 'with sessions' } as const;

/**
 * How many operations a cart remembers, applied and refused ones. One that is sent again after that many
 * others, or after 24 h, is applied again.
 */
export const MOST_KEPT: Readonly<Record<Principal['kind'], number>> = { user: 1000, guest: 200 };

/** Carts in Redis. Every write is one run of a script. */
@Injectable()
export class CartRepository {
  readonly #keys: CartKeys;

  constructor(
    @Inject(REDIS_CLIENTS) private readonly redis: RedisClients,
    @Inject(APP_PREFIX) prefix: string,
    private readonly sessionKeys: SessionKeys,
    private readonly durability: Durability,
  ) {
    this.#keys = new CartKeys(prefix);
  }

  async read(principal: Principal): Promise<StoredCart> {
    return parseCart(await this.redis.commands.hGetAll(this.#keys.cart(principal)));
  }

  /** Which state a cart is in, without its lines. */
  async position(principal: Principal): Promise<Pick<StoredCart, 'version' | 'revision'>> {
    const fields = ['version', 'revision'];
    const [version, revision] = await this.redis.commands.hmGet(this.#keys.cart(principal), fields);
    return { version: Number(version ?? 0), revision: revision ?? '' };
  }

  /**
   * Applies an operation in the name of a session, or tells why not.
   *
   * @param tell takes the change of an operation that is in the cart, applied now or before, as soon as it is: also where
   * no replica confirms it, and the operation is refused
   */
  async apply(
    session: Session,
    { operationId, fingerprint, clear, expectedRevision, lines, joined = [] }: CartCommand,
    tell: (change: StoredChange) => void = () => undefined,
  ): Promise<{ outcome: CartOutcome; change?: StoredChange }> {
    const { principal } = session;
    const keys = [
      this.#keys.cart(principal),
      this.#keys.operations(principal),
      this.sessionKeys.sessionsOf(principal),
    ];
    const args: (string | number)[] = [
      session.handle,
      operationId,
      fingerprint,
      // The start of a UUID: 74 random bits, which Node draws ahead for many at once.
      randomUUID().slice(0, 23),
      CART_KEPT[principal.kind],
      clear ? 'clear' : 'lines',
      expectedRevision ?? '*',
      MOST_KEPT[principal.kind],
      joined.length,
    ];
    for (const each of joined) args.push(each.operationId, each.fingerprint);
    for (const line of lines) args.push(line.mode, line.sku, line.quantity, line.unitPrice ?? '');
    return this.durability.surely(keys, async () => {
      const [outcome, text] = await APPLY_OPERATION.run(this.redis.commands, keys, args);
      if (text === undefined) return { outcome };
      const change = parseChange(text);
      tell(change);
      return { outcome, change };
    });
  }

  /** Takes a guest's cart for one user, for good; null if another user has it. */
  async take(guest: Principal, user: Principal): Promise<TakenCart | null> {
    const keys = [this.#keys.cart(guest), this.#keys.operations(guest)];
    const args = [principalName(user), MOST_KEPT.guest];
    const taken = await TAKE_CART.run(this.redis.commands, keys, args);
    if (!taken) return null;
    const [cart, applied] = taken;
    return { lines: parseCart(fieldsOf(cart)).lines, operations: parseOperations(applied) };
  }

  /** Notes that a guest's cart is to join a user's. Both are kept until a day after the user's session at most. */
  async noteGuest({ principal, absoluteExpiresAt }: Session, guestId: string): Promise<void> {
    const keptMs = Math.max(0, absoluteExpiresAt - Date.now()) + DAY_MS;
    const ofGuest = this.#keys.keptWithSessions({ kind: 'guest', id: guestId });
    await KEEP_CART.run(this.redis.commands, ofGuest, [keptMs]);
    const guests = this.#keys.guestsOf(principal);
    await NOTE_GUEST.run(this.redis.commands, [guests], [guestId, keptMs]);
  }

  /** Ids of the guests whose carts are to join a user's. */
  guestsOf(user: Principal): Promise<string[]> {
    return this.redis.commands.sMembers(this.#keys.guestsOf(user));
  }

  async forgetGuest(user: Principal, guestId: string): Promise<void> {
    await this.redis.commands.sRem(this.#keys.guestsOf(user), guestId);
  }

  async discard(guest: Principal): Promise<void> {
    // Frees the memory in the background: a hash may be larger than it should be.
    await this.redis.commands.unlink([this.#keys.cart(guest), this.#keys.operations(guest)]);
  }
}

/** Fields and values, as scripts return them. */
function fieldsOf(reply: readonly string[]): Record<string, string> {
  const pairs = reply.flatMap((field, index) =>
    index % 2 === 0 ? [[field, reply[index + 1] ?? ''] as const] : [],
  );
  return Object.fromEntries(pairs);
}

/** Reads the applied operations among a hash's fields: those whose value is `time|fingerprint|change`. */
function parseOperations(reply: readonly string[]): AppliedOperation[] {
  return Object.entries(fieldsOf(reply)).flatMap(([operationId, value]) => {
    const [, fingerprint, change] = value.split('|', 3);
    const isApplied = change !== undefined && change !== 'limit';
    return isApplied && fingerprint !== undefined ? [{ operationId, fingerprint }] : [];
  });
}

const LINE = 'line:';

function parseCart(fields: Readonly<Record<string, string>>): StoredCart {
  const lines = Object.entries(fields)
    .filter(([field]) => field.startsWith(LINE))
    .map(([field, value]) => parseLine(`${field.slice(LINE.length)}:${value}`));
  const { version = 0, revision = '', total = 0 } = fields;
  return { version: Number(version), revision, lines, total: Number(total) };
}

/** Reads the change that the cart script returns. */
function parseChange(text: string): StoredChange {
  const [version, revision = '', previousRevision = '', by = '', total, lines = ''] =
    text.split('|');
  return {
    version: Number(version),
    revision,
    previousRevision,
    by,
    total: Number(total),
    lines: lines === '' ? [] : lines.split(',').map(parseLine),
  };
}

/** Reads `sku:quantity:unitPrice`. */
function parseLine(text: string): StoredLine {
  const [sku = '', quantity, unitPrice] = text.split(':');
  return { sku, quantity: Number(quantity), unitPrice: Number(unitPrice) };
}
