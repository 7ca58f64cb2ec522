import { Injectable } from '@nestjs/common';
import type { WsResponse } from '@nestjs/websockets';
import { EMPTY, isObservable, lastValueFrom, map, type Observable, takeUntil } from 'rxjs';
import type { EventRules } from '../access/gateway-audit.js';
import type { Link } from '../links/link.js';
import { countsAsActivity, SessionActivity } from '../links/session-activity.js';
import { type EventCost, EventLimits } from '../limits/event-limits.js';
import type { Principal } from '../session/principal.js';
import type { Acknowledgement } from '../shared-session.contract.js';
import {
  CodedError,
  RateLimitedError,
  SessionEndedError,
  SessionStoreUnavailableError,
} from '../shared-session.errors.js';
import { SessionSignals } from '../signals/session-signals.js';
import { EventFailure } from './event-failure.js';

/** For handlers that an application binds itself. */
export const PLAIN: EventRules = { isPoll: false, cost: 1, limit: null, filters: [] };

export interface Handler {
  /** Handles one event's payload; made by Nest, guards and pipes included. */
  readonly run: (payload: unknown, failure: EventFailure) => unknown;
  readonly rules: EventRules;
}

/** An event that has come. */
export interface ReceivedEvent {
  /** Undefined for a client that was refused. */
  readonly link: Link | undefined;
  readonly event: string;
  /** What came with it. */
  readonly args: readonly unknown[];
  /** Undefined where the event has none. */
  readonly handler: Handler | undefined;
}

/** Who sent an event, by whatever connection. */
export interface Sender {
  readonly isConnected: () => boolean;
  readonly emit: (event: string, data: unknown) => void;
  /** What emits when the connection has gone. */
  readonly gone: () => Observable<unknown>;
}

/** What is done for every event, over Socket.IO and plain WebSockets alike. */
@Injectable()
export class EventWork {
  constructor(
    private readonly activity: SessionActivity,
    private readonly signals: SessionSignals,
    private readonly limits: EventLimits,
  ) {}

  /**
   * Has an event handled, if its session and its budget allow it.
   *
   * @returns what the client is answered
   * @throws whatever the client is told instead
   */
  async handle(received: ReceivedEvent, sender: Sender): Promise<unknown> {
    const { link, event, args, handler } = received;
    if (!link || link.ended) throw new SessionEndedError();
    if (this.signals.isDeafTo(link.handle)) throw new SessionStoreUnavailableError();
    if (!handler) throw noSuchEvent();
    const { cost, limit } = handler.rules;
    const waiting = this.#takeFromBudget(link, { event, cost, limit });
    if (waiting) await waiting;
    if (countsAsActivity(handler.rules)) this.activity.note(link);
    if (args.length > 1) throw new CodedError('INVALID_PAYLOAD', 'An event has one payload.');
    const failure = new EventFailure(handler.rules.filters);
    const result = await handler.run(args[0], failure);
    const settle = (value: unknown) => emitResponse(value, sender, link);
    const data = isObservable(result)
      ? await lastOf(result.pipe(map(settle)), sender)
      : settle(result);
    if (failure.error) throw await failure.error;
    return data ?? null;
  }

  /**
   * Before anything is done for the event that costs more than the answer. Null where this node had leased what the event costs,
   * as it mostly has.
   */
  #takeFromBudget(link: Link, cost: EventCost): Promise<void> | null {
    const principal = link.session?.principal;
    if (!principal || this.limits.takeLeased(principal, cost)) return null;
    return this.#awaitBudget(link, principal, cost);
  }

  async #awaitBudget(link: Link, principal: Principal, cost: EventCost): Promise<void> {
    const waitMs = await this.limits.take(principal, cost);
    if (waitMs > 0) throw new RateLimitedError(waitMs);
    // While a round trip was waited for.
    if (link.ended) throw new SessionEndedError();
  }
}

export function noSuchEvent(): CodedError {
  return new CodedError('NOT_FOUND', 'There is no such event.');
}

/**
 * Emits what a handler returned as `{ event, data }` to the client that asked, as Nest does. Gives what is acknowledged:
 * the data, or the whole of any other value.
 */
function emitResponse(value: unknown, sender: Sender, link: Link): unknown {
  if (!isResponse(value)) return value;
  if (sender.isConnected() && !link.ended) sender.emit(value.event, value.data);
  return value.data;
}

function isResponse(value: unknown): value is WsResponse {
  if (typeof value !== 'object' || value === null) return false;
  return 'event' in value && typeof value.event === 'string' && 'data' in value;
}

/** The last value while the client is there: an Observable without an end must not outlive it. */
function lastOf(result: Observable<unknown>, { isConnected, gone }: Sender): Promise<unknown> {
  const whileConnected = isConnected() ? result.pipe(takeUntil(gone())) : EMPTY;
  return lastValueFrom(whileConnected, { defaultValue: null });
}

/** What an event came to, as it is told: `OK`, or the code of its error. */
export function outcomeOf(answer: Acknowledgement): string {
  return answer.ok ? 'OK' : answer.error.code;
}
