import { Injectable } from '@nestjs/common';
import { fromEvent } from 'rxjs';
import type { Socket } from 'socket.io';
import { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import { type EventOperation, operationChannel } from '../diagnostics/operations.js';
import { toErrorBody } from '../error-body.js';
import { EventLimits } from '../limits/event-limits.js';
import { SessionLinks } from '../links/session-links.js';
import { asTraceparent } from '../session/traceparent.js';
import type { Acknowledgement } from '../shared-session.contract.js';
import { RateLimitedError } from '../shared-session.errors.js';
import { ClientAddresses } from '../access/client-addresses.js';
import { EventWork, type Handler, noSuchEvent, outcomeOf, type Sender } from './event-work.js';

const handled = diagnosticsChannel('event.handled');
const events = operationChannel('event');

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
    private readonly work: EventWork,
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

  #handle(socket: Socket, event: string, args: readonly unknown[]): Promise<unknown> {
    const link = this.links.of(socket);
    const handler = this.#handlers.get(socket)?.get(event);
    return this.work.handle({ link, event, args, handler }, senderOf(socket));
  }
}

function senderOf(socket: Socket): Sender {
  return {
    isConnected: () => socket.connected,
    emit: (event, data) => socket.emit(event, data),
    gone: () => fromEvent(socket, 'disconnect'),
  };
}

/** Socket.IO itself has one listener, which does nothing, on `error`. */
function isHeard(socket: Socket, event: string): boolean {
  const idle = event === 'error' ? 1 : 0;
  return socket.listenerCount(event) > idle || socket.listenersAny().length > 1;
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
