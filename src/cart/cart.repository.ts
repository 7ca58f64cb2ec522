import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { APP_PREFIX } from '../app.tokens.js';
import { REDIS_CLIENTS } from '../redis/redis.module.js';
import type { RedisClients } from '../redis/redis-clients.js';
import {
  type Principal,
  principalName,
  type Session,
  SessionKeys,
} from '../shared-session/index.js';
import type { CartOperation } from './cart.contract.js';
import { APPLY_OPERATION, type CartOutcome } from './cart.script.js';

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
}

export interface StoredChange extends StoredCart {
  readonly previousRevision: string;
  readonly by: string;
  /** Of the whole cart, in minor units. */
  readonly total: number;
}

/** A guest's cart outlives the longest session by a margin, then goes: nobody can come back to it. */
const GUEST_CART_MS = 2 * 86_400_000;

/** Carts in Redis. Every write is one run of the cart script. */
@Injectable()
export class CartRepository {
  constructor(
    @Inject(REDIS_CLIENTS) private readonly redis: RedisClients,
    @Inject(APP_PREFIX) private readonly prefix: string,
    private readonly sessionKeys: SessionKeys,
  ) {}

  async read(principal: Principal): Promise<StoredCart> {
    const fields = await this.redis.commands.hGetAll(this.#cart(principal));
    const { version = '0', revision = '', ...rest } = fields;
    const lines = Object.entries(rest).map(([field, value]) =>
      parseLine(`${field.slice('line:'.length)}:${value}`),
    );
    return { version: Number(version), revision, lines };
  }

  /**
   * Applies an operation in the name of a session.
   *
   * @param unitPrice of the operation's product in minor units; undefined where there is no such product
   */
  async apply(
    session: Session,
    operation: CartOperation,
    unitPrice: number | undefined,
  ): Promise<{ outcome: CartOutcome; change?: StoredChange }> {
    const { principal } = session;
    const keys = [
      this.#cart(principal),
      `${this.prefix}cart-operations:{${principalName(principal)}}`,
      this.sessionKeys.sessionsOf(principal),
    ];
    const [outcome, change] = await APPLY_OPERATION.run(this.redis.commands, keys, [
      session.sid,
      operation.operationId,
      fingerprint(operation),
      randomBytes(9).toString('base64url'),
      session.handle,
      principal.kind === 'guest' ? GUEST_CART_MS : 0,
      ...linesOf(operation, unitPrice),
    ]);
    return change === undefined ? { outcome } : { outcome, change: parseChange(change) };
  }

  #cart(principal: Principal): string {
    return `${this.prefix}cart:{${principalName(principal)}}`;
  }
}

function fingerprint(operation: CartOperation): string {
  if (operation.type === 'clear') return 'clear';
  return `${operation.type} ${operation.sku} ${String(operation.quantity)}`;
}

function linesOf(operation: CartOperation, unitPrice: number | undefined): (string | number)[] {
  if (operation.type === 'clear') return ['clear'];
  return ['lines', operation.type, operation.sku, operation.quantity, unitPrice ?? ''];
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
