import type { INestApplicationContext } from '@nestjs/common';
import { fromEvent } from 'rxjs';
import type { RawData } from 'ws';
import { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import { toErrorBody } from '../error-body.js';
import { EventLimits } from '../limits/event-limits.js';
import type { Acknowledgement } from '../shared-session.contract.js';
import { RateLimitedError } from '../shared-session.errors.js';
import { EventWork, type Handler, outcomeOf, type Sender } from '../socket/event-work.js';
import { linkOf, placeOfClient } from './client-links.js';
import { formatException, type Message, parseMessage } from './message.js';
import type { SessionWebSocket } from './session-websocket.js';

const handled = diagnosticsChannel('event.handled');

/** Brings every message to its handler, and every message's outcome back where it was asked for. */
export class MessageDispatcher {
  readonly #handlers = new WeakMap<SessionWebSocket, Map<string, Handler>>();
  readonly #work: EventWork;
  readonly #limits: EventLimits;
  readonly #announcer: Announcer;

  constructor(app: INestApplicationContext) {
    this.#work = app.get(EventWork, { strict: false });
    this.#limits = app.get(EventLimits, { strict: false });
    this.#announcer = app.get(Announcer, { strict: false });
  }

  /** Adds the handler of one of a client's events. */
  bind(client: SessionWebSocket, event: string, handler: Handler): void {
    let bound = this.#handlers.get(client);
    if (!bound) {
      bound = new Map();
      this.#handlers.set(client, bound);
      client.on('message', (data) => void this.#take(client, data));
    }
    bound.set(event, handler);
  }

  async #take(client: SessionWebSocket, data: RawData): Promise<void> {
    const startedAt = handled.hasSubscribers ? performance.now() : null;
    let message: Message;
    try {
      message = parseMessage(asText(data));
    } catch (error) {
      client.send(formatException(null, toErrorBody(error)));
      return;
    }
    let answer: Acknowledgement;
    let isTooMany = false;
    try {
      answer = { ok: true, data: await this.#handle(client, message) };
    } catch (error) {
      answer = { ok: false, error: toErrorBody(error) };
      isTooMany = error instanceof RateLimitedError && this.#limits.noteRefusal(client);
    }
    respond(client, message, answer);
    if (startedAt !== null) this.#tell(client, message.event, answer, startedAt);
    if (isTooMany) client.end('slow-down');
  }

  #handle(client: SessionWebSocket, { event, data }: Message): Promise<unknown> {
    const handler = this.#handlers.get(client)?.get(event);
    const received = { link: linkOf(client), event, args: [data], handler };
    return this.#work.handle(received, senderOf(client));
  }

  #tell(client: SessionWebSocket, event: string, answer: Acknowledgement, startedAt: number): void {
    const place = placeOfClient(client);
    if (!place) return;
    const { link, path, address } = place;
    const isKnown = this.#handlers.get(client)?.has(event);
    this.#announcer.announce(handled, {
      handle: link.handle,
      principal: link.session?.principal ?? null,
      namespace: path,
      event: isKnown ? event : null,
      outcome: outcomeOf(answer),
      durationMs: performance.now() - startedAt,
      address,
    });
  }
}

function senderOf(client: SessionWebSocket): Sender {
  return {
    isConnected: () => client.isOpen(),
    emit: (event, data) => {
      client.send(JSON.stringify({ event, data }));
    },
    gone: () => fromEvent(client, 'close'),
  };
}

/** Whoever gave no `id` asked for no answer, and is told of failures alone. */
function respond(client: SessionWebSocket, { event, id }: Message, answer: Acknowledgement): void {
  if (id === null && answer.ok) return;
  const encode = (outcome: Acknowledgement): string =>
    outcome.ok || id !== null
      ? JSON.stringify({ event: 'answer', id, data: outcome })
      : formatException(event, outcome.error);
  try {
    client.send(encode(answer));
  } catch (cause) {
    const unsendable = new Error(`The answer to "${event}" cannot be sent: ${String(cause)}`);
    client.send(encode({ ok: false, error: toErrorBody(unsendable) }));
  }
}

function asText(data: RawData): string {
  return Array.isArray(data)
    ? Buffer.concat(data).toString()
    : Buffer.from(data as Buffer).toString();
}
