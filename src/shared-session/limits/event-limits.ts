import { Inject, Injectable } from '@nestjs/common';
import { type Principal, principalName } from '../session/principal.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionKeys } from '../store/session-keys.js';
import { Budgets } from './budgets.js';
import { LimitHits } from './limit-hits.js';
import type { Rate } from './rate.js';

/** What an event takes, and out of which budget. */
export interface EventCost {
  readonly event: string;
  readonly cost: number;
  /** The event's own; null for the one that all of a principal's events share. */
  readonly limit: Rate | null;
}

/** So many refused events, in so long, that a client is told to slow down, which does not listen. */
const MOST_REFUSALS = 10;
const REFUSALS_MS = 60_000;

/** Bounds the events of each principal, over all tabs and nodes. */
@Injectable()
export class EventLimits {
  readonly #shared: Budgets | null;
  /** By event: those that have a limit of their own. */
  readonly #own = new Map<string, Budgets>();
  /** When the last events of a connection were refused. */
  readonly #refusals = new WeakMap<object, number[]>();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly keys: SessionKeys,
    private readonly hits: LimitHits,
  ) {
    const { events } = options.rateLimits;
    this.#shared = events ? this.#budgets('events', events) : null;
  }

  /** Makes ready for a principal who has connected: their first event waits for nothing. */
  prepare(principal: Principal): void {
    this.#shared?.prepare(principalName(principal));
  }

  /** Takes what an event costs if this node has leased it. Whoever gets nothing may {@link take} it. */
  takeLeased(principal: Principal, event: EventCost): boolean {
    const budgets = this.#budgetsFor(event);
    return budgets?.takeLeased(principalName(principal), event.cost) ?? true;
  }

  /** @returns 0, or how long the principal is to wait in ms */
  async take(principal: Principal, taken: EventCost): Promise<number> {
    const { event, cost, limit } = taken;
    const retryAfterMs = await this.#budgetsFor(taken)?.take(principalName(principal), cost);
    if (retryAfterMs === undefined) return 0;
    const name = limit ? `event:${event}` : 'events';
    if (retryAfterMs > 0) this.hits.tell({ limit: name, principal, retryAfterMs });
    return retryAfterMs;
  }

  /**
   * Notes that an event of a connection was refused.
   *
   * @returns whether that is the tenth in a minute
   */
  noteRefusal(connection: object): boolean {
    const now = performance.now();
    const recent = [...(this.#refusals.get(connection) ?? []), now].slice(-MOST_REFUSALS);
    this.#refusals.set(connection, recent);
    const [first = now] = recent;
    return recent.length === MOST_REFUSALS && now - first <= REFUSALS_MS;
  }

  /** Null where nothing bounds the event. */
  #budgetsFor({ event, limit }: EventCost): Budgets | null {
    if (!this.options.rateLimits.areOn) return null;
    return limit ? this.#budgetsOf(event, limit) : this.#shared;
  }

  #budgetsOf(event: string, limit: Rate): Budgets {
    const known = this.#own.get(event);
    if (known) return known;
    const budgets = this.#budgets(`event:${event}`, limit);
    this.#own.set(event, budgets);
    return budgets;
  }

  #budgets(what: string, rate: Rate): Budgets {
    const { commands } = this.options.redis;
    return new Budgets({ rate, commands, keyOf: (who) => this.keys.limit(what, who) });
  }
}
