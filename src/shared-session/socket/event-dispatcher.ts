import { Injectable } from '@nestjs/common';
import type { WsResponse } from '@nestjs/websockets';
import {
  EMPTY,
  fromEvent,
  isObservable,
  lastValueFrom,
  map,
  type Observable,
  takeUntil,
} from 'rxjs';
import type { Socket } from 'socket.io';
import type { EventRules } from '../access/gateway-audit.js';
import { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import { type EventOperation, operationChannel } from '../diagnostics/operations.js';
import { toErrorBody } from '../error-body.js';
import type { Link } from '../links/link.js';
import { type EventCost, EventLimits } from '../limits/event-limits.js';
import { countsAsActivity, SessionActivity } from '../links/session-activity.js';
import { SessionLinks } from '../links/session-links.js';
import type { Principal } from '../session/principal.js';
import { asTraceparent } from '../session/traceparent.js';
import type { Acknowledgement } from '../shared-session.contract.js';
import {
  CodedError,
  RateLimitedError,
  SessionEndedError,
  SessionStoreUnavailableError,
} from '../shared-session.errors.js';
import { SessionSignals } from '../signals/session-signals.js';
import { ClientAddresses } from '../access/client-addresses.js';
import { EventFailure } from './event-failure.js';

const handled = diagnosticsChannel('event.handled');
const events = operationChannel('event');

interface Handler {
  /** Handles one event's payload; made by Nest, guards and pipes included. */
  readonly run: (payload: unknown, failure: EventFailure) => unknown;
  readonly rules: EventRules;
}
type Acknowledge = (answer: Acknowledgement) => void;
/** Socket.IO calls listeners with the socket as `this`. */
type Listener = (this: Socket, ...args: unknown[]) => void;

/** Brings every event to its handler, and every event's outcome back as one acknowledgement. */
@Injectable()
export class EventDispatcher {
  readonly #handlers = new WeakMap<Socket, Map<string, Handler>>();
  /** One listener for each event, shared by all sockets: a connection holds no function of its own. */
  readonly #listeners = new Map<string, Listener>();
  readonly #onUnknown: Listener;

  constructor(
    private readonly links: SessionLinks,
    private readonly activity: SessionActivity,
    private readonly signals: SessionSignals,
    private readonly addresses: ClientAddresses,
    private readonly announcer: Announcer,
    private readonly limits: EventLimits,
  ) {
    const refuse = (socket: Socket, args: unknown[]): void => {
      this.#refuseUnknown(socket, args);
    };
    this.#onUnknown = function (event, ...args) {
      if (!isHeard(this, String(event))) refuse(this, args);
    };
  }

  /**
   * Adds the handler of one of a socket's events. The application's own `socket.use()` runs before
   * it, and its own `socket.on()` beside it.
   */
  bind(socket: Socket, event: string, handler: Handler): void {
    let bound = this.#handlers.get(socket);
    if (!bound) {
      bound = new Map();
      this.#handlers.set(socket, bound);
      socket.onAny(this.#onUnknown);
    }
    bound.set(event, handler);
    socket.on(event, this.#listenerOf(event));
  }

  #listenerOf(event: string): Listener {
    const known = this.#listeners.get(event);
    if (known) return known;
    const dispatch = (socket: Socket, args: unknown[]) => void this.#trace(socket, event, args);
    const listener: Listener = function (...args) {
      dispatch(this, args);
    };
    this.#listeners.set(event, listener);
    return listener;
  }

  async #trace(socket: Socket, event: string, args: unknown[]): Promise<void> {
    if (!events.hasSubscribers) {
      await this.#dispatch(socket, event, args);
      return;
    }
    const operation: EventOperation = {
      namespace: socket.nsp.name,
      event,
      handle: this.links.of(socket)?.handle ?? null,
      traceparent: asTraceparent(socket.handshake.auth['traceparent']),
      outcome: null,
    };
    await events.tracePromise(async () => {
      operation.outcome = outcomeOf(await this.#dispatch(socket, event, args));
    }, operation);
  }

  async #dispatch(socket: Socket, event: string, args: unknown[]): Promise<Acknowledgement> {
    const startedAt = handled.hasSubscribers ? performance.now() : null;
    const acknowledge = takeAcknowledge(args);
    let answer: Acknowledgement;
    let isTooMany = false;
    try {
      answer = { ok: true, data: await this.#handle(socket, event, args) };
    } catch (error) {
      answer = { ok: false, error: toErrorBody(error) };
      isTooMany = error instanceof RateLimitedError && this.limits.noteRefusal(socket.conn);
    }
    // A sender that asked for no answer gets none; what went wrong has been logged.
    if (acknowledge) send(acknowledge, answer, event);
    if (startedAt !== null) this.#tell(socket, event, answer, startedAt);
    if (isTooMany) this.links.close(socket, 'slow-down');
    return answer;
  }

  /** Answers an event that nobody listens to, which would otherwise stay without an answer. */
  #refuseUnknown(socket: Socket, args: unknown[]): void {
    const answer = { ok: false, error: toErrorBody(noSuchEvent()) } as const;
    takeAcknowledge(args)?.(answer);
    if (handled.hasSubscribers) this.#tell(socket, null, answer, performance.now());
  }

  #tell(socket: Socket, event: string | null, answer: Acknowledgement, startedAt: number): void {
    const link = this.links.of(socket);
    this.announcer.announce(handled, {
      handle: link?.handle ?? null,
      principal: link?.session?.principal ?? null,
      namespace: socket.nsp.name,
      event,
      outcome: outcomeOf(answer),
      durationMs: performance.now() - startedAt,
      address: this.addresses.ofUpgrade(socket.request),
    });
  }

  async #handle(socket: Socket, event: string, args: readonly unknown[]): Promise<unknown> {
    const link = this.links.of(socket);
    if (!link || link.ended) throw new SessionEndedError();
    if (this.signals.isDeafTo(link.handle)) throw new SessionStoreUnavailableError();
    const handler = this.#handlers.get(socket)?.get(event);
    if (!handler) throw noSuchEvent();
    const { cost, limit } = handler.rules;
    const waiting = this.#takeFromBudget(link, { event, cost, limit });
    if (waiting) await waiting;
    if (countsAsActivity(handler.rules)) this.activity.note(link);
    if (args.length > 1) throw new CodedError('INVALID_PAYLOAD', 'An event has one payload.');
    const failure = new EventFailure(handler.rules.filters);
    const result = await handler.run(args[0], failure);
    const settle = (value: unknown) => emitResponse(value, socket, link);
    const data = isObservable(result)
      ? await lastOf(result.pipe(map(settle)), socket)
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

function outcomeOf(answer: Acknowledgement): string {
  return answer.ok ? 'OK' : answer.error.code;
}

/**
 * Emits what a handler returned as `{ event, data }` to the socket that asked, as Nest does. Gives what is acknowledged:
 * the data, or the whole of any other value.
 */
function emitResponse(value: unknown, socket: Socket, link: Link): unknown {
  if (!isResponse(value)) return value;
  if (socket.connected && !link.ended) socket.emit(value.event, value.data);
  return value.data;
}

function isResponse(value: unknown): value is WsResponse {
  if (typeof value !== 'object' || value === null) return false;
  return 'event' in value && typeof value.event === 'string' && 'data' in value;
}

/** The last value while the socket is there: an Observable without an end must not outlive it. */
function lastOf(result: Observable<unknown>, socket: Socket): Promise<unknown> {
  const whileConnected = socket.connected
    ? result.pipe(takeUntil(fromEvent(socket, 'disconnect')))
    : EMPTY;
  return lastValueFrom(whileConnected, { defaultValue: null });
}

/** Socket.IO itself has one listener, which does nothing, on `error`. */
function isHeard(socket: Socket, event: string): boolean {
  const idle = event === 'error' ? 1 : 0;
  return socket.listenerCount(event) > idle || socket.listenersAny().length > 1;
}

function noSuchEvent(): CodedError {
  return new CodedError('NOT_FOUND', 'There is no such event.');
}

/** Takes the acknowledgement callback off an event's arguments; Socket.IO puts it last. */
function takeAcknowledge(args: unknown[]): Acknowledge | undefined {
  return typeof args.at(-1) === 'function' ? (args.pop() as Acknowledge) : undefined;
}

/** Socket.IO encodes before it writes, so an answer that JSON cannot hold left nothing half sent. */
function send(acknowledge: Acknowledge, answer: Acknowledgement, event: string): void {
  try {
    acknowledge(answer);
  } catch (cause) {
    const unsendable = new Error(`The answer to "${event}" cannot be sent: ${String(cause)}`);
    acknowledge({ ok: false, error: toErrorBody(unsendable) });
  }
}
