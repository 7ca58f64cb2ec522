import type { RedisClientType } from 'redis';
import { isRedisOutage } from '../redis/redis-outage.js';
import { Bucket, type Grant } from './bucket.js';
import { LEASE } from './bucket.script.js';
import type { Rate } from './rate.js';

/** A lease is this part of a full bucket, so that few tokens are idle on a node while another one lacks them. */
const PART = 12;
/** Of whom a node holds leases at a time; beyond that it gives up the one that it renewed first. */
const MOST_HELD = 50_000;

/** What one node has of somebody's budget. */
class Lease {
  tokens = 0;
  /** Redis has no token that this node could have until then, by `performance.now()`, for what costs as much or more. */
  refusal = { cost: Infinity, until: 0 };
  renewal: Promise<void> | undefined;
  /** Counts in place of Redis while that is away. */
  standIn: Bucket | undefined;

  /** In ms, how long to wait for what costs so much; 0 if Redis may have it. */
  waitFor(cost: number): number {
    const { cost: refused, until } = this.refusal;
    return cost < refused ? 0 : Math.max(0, Math.ceil(until - performance.now()));
  }
}

interface BudgetsOptions {
  readonly rate: Rate;
  readonly commands: RedisClientType;
  readonly keyOf: (who: string) => string;
}

/**
 * Budgets at one rate, one for each `who`, which all nodes share. A node leases tokens in small parts, ahead of need, so that what
 * takes one waits for no round trip as a rule. Never more is spent than the rate allows; what a node has leased and does not
 * spend, since it was killed, say, is lost: one lease at most.
 *
 * While Redis is away each node counts for itself: all of them together give up to as many times the budget.
 */
export class Budgets {
  readonly #options: BudgetsOptions;
  readonly #leaseSize: number;
  readonly #leases = new Map<string, Lease>();

  constructor(options: BudgetsOptions) {
    this.#options = options;
    this.#leaseSize = Math.ceil(options.rate.burst / PART);
  }

  /**
   * Takes what something costs; no more than a full bucket, or it could never be had.
   *
   * @returns 0, or how long to wait in ms: nothing was taken then
   */
  async take(who: string, cost = 1): Promise<number> {
    const price = this.#priceOf(cost);
    while (!this.takeLeased(who, cost)) {
      const lease = this.#leaseOf(who);
      const waitMs = lease.waitFor(price - lease.tokens);
      if (waitMs > 0) return waitMs;
      await this.#renew(who, lease, price - lease.tokens);
    }
    return 0;
  }

  /** Takes what something costs if this node has it, as it mostly has. */
  takeLeased(who: string, cost = 1): boolean {
    const lease = this.#leaseOf(who);
    const price = this.#priceOf(cost);
    if (lease.tokens < price) return false;
    lease.tokens -= price;
    if (lease.tokens < this.#leaseSize / 2) this.prepare(who);
    return true;
  }

  /** Leases tokens for what will be taken soon, unless that is on its way or refused. */
  prepare(who: string): void {
    const lease = this.#leaseOf(who);
    if (lease.tokens >= this.#leaseSize || lease.waitFor(1) > 0) return;
    // Whoever needs a token then asks again, and is told.
    this.#renew(who, lease, 1).catch(() => undefined);
  }

  #priceOf(cost: number): number {
    return Math.min(cost, this.#options.rate.burst);
  }

  #leaseOf(who: string): Lease {
    const known = this.#leases.get(who);
    if (known) return known;
    const lease = new Lease();
    this.#keep(who, lease);
    return lease;
  }

  /** As the one that was renewed last. */
  #keep(who: string, lease: Lease): void {
    this.#leases.delete(who);
    this.#leases.set(who, lease);
    const [oldest] = this.#leases.size > MOST_HELD ? this.#leases.keys() : [];
    if (oldest !== undefined) this.#leases.delete(oldest);
  }

  /** All who wait for tokens wait for one and the same command. */
  #renew(who: string, lease: Lease, least: number): Promise<void> {
    lease.renewal ??= this.#lease(who, lease, least).finally(() => {
      lease.renewal = undefined;
    });
    return lease.renewal;
  }

  async #lease(who: string, lease: Lease, least: number): Promise<void> {
    this.#keep(who, lease);
    const { granted, waitMs } = await this.#ask(who, lease, least);
    lease.tokens += granted;
    lease.refusal =
      granted > 0
        ? { cost: Infinity, until: 0 }
        : { cost: least, until: performance.now() + waitMs };
  }

  async #ask(who: string, lease: Lease, least: number): Promise<Grant> {
    const { rate, commands, keyOf } = this.#options;
    const most = Math.max(least, this.#leaseSize);
    try {
      const args = [1000 / rate.perSecond, rate.burst, least, most];
      const [granted, waitMs] = await LEASE.run(commands, [keyOf(who)], args);
      lease.standIn = undefined;
      return { granted, waitMs };
    } catch (error) {
      if (!isRedisOutage(error)) throw error;
      lease.standIn ??= new Bucket(rate);
      return lease.standIn.take(least, most, performance.now());
    }
  }
}
