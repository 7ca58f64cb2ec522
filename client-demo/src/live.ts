import { io, type Socket } from 'socket.io-client';
import type {
  Answer,
  Answers,
  CartCommand,
  CartOperation,
  ServerEvents,
  SessionEnded,
} from './contract.js';
import { LiveCart } from './live-cart.js';
import { newOperationId } from './operation-id.js';
import type { Page } from './page.js';
import { RequestError } from './request-error.js';
import { TEXT } from './text.js';

const ANSWER_MS = 5000;
/** For a connection that was refused or dropped without a word on what to do. */
const INTERRUPTED: SessionEnded = { reason: 'interrupted', reconnect: 'now', retryAfterMs: 2000 };
const NO_SESSION: SessionEnded = { reason: 'expired', reconnect: 'after-login' };

/** Socket.IO's own types lose what is answered where a timeout is set. */
interface Emitter {
  emitWithAck(event: string, ...payload: unknown[]): Promise<unknown>;
}

/** The live connection of a session. */
export class Live {
  readonly #socket: Socket<ServerEvents> = io({ transports: ['websocket'], autoConnect: false });
  readonly #cart: LiveCart;
  #lastOperation: Promise<unknown> = Promise.resolve();

  /** @param ended is told why the connection is closed; it stays so until `connect` */
  constructor(
    private readonly page: Page,
    private readonly ended: (end: SessionEnded) => void,
  ) {
    this.#cart = new LiveCart(() => this.#ask('cart:get'), page.showCart);
    this.#socket.on('session:ready', (session) => {
      page.showSession(session);
      page.showStatus('live', session.node);
      this.#orInterrupt(this.#cart.sync());
    });
    this.#socket.on('session:changed', page.showSession);
    this.#socket.on('session:ended', (end) => this.#end(end));
    this.#socket.on('cart:changed', (change) => this.#orInterrupt(this.#cart.receive(change)));
    this.#socket.on('connect_error', (error) => this.#lost(error));
    this.#socket.on('disconnect', (reason) => {
      if (reason !== 'io client disconnect') this.#lost();
    });
  }

  connect(): void {
    this.#socket.connect();
  }

  disconnect(): void {
    this.#socket.disconnect();
  }

  /** Applies a command to the cart. One at a time: the server runs a socket's events side by side. */
  apply(command: CartCommand): Promise<void> {
    const operation = { ...command, operationId: newOperationId() };
    const applied = this.#lastOperation.then(() => this.#send(operation));
    this.#lastOperation = applied.catch(() => undefined);
    return applied;
  }

  async #send(operation: CartOperation): Promise<void> {
    // Socket.IO would keep it until it is connected, maybe as somebody else.
    if (!this.#socket.connected) throw new RequestError(TEXT.notConnected);
    const { change } = await this.#ask('cart:apply', operation);
    await this.#cart.receive(change);
  }

  async #ask<E extends keyof Answers>(event: E, ...payload: CartOperation[]): Promise<Answers[E]> {
    const patient: Emitter = this.#socket.timeout(ANSWER_MS);
    const answer = (await patient.emitWithAck(event, ...payload).catch(() => {
      throw new RequestError(TEXT.noAnswer);
    })) as Answer<Answers[E]>;
    if (answer.ok) return answer.data;
    throw new RequestError(answer.error.message);
  }

  #lost(error?: Error & { data?: { code?: unknown } }): void {
    if (this.#socket.active) this.page.showStatus('offline');
    else this.#end(error?.data?.code === 'UNAUTHENTICATED' ? NO_SESSION : INTERRUPTED);
  }

  /** Disconnects before the server does, or else Socket.IO might connect again by itself. */
  #end(end: SessionEnded): void {
    this.#socket.disconnect();
    this.ended(end);
  }

  /** Without the cart the page is not live; a new connection fetches it again. */
  #orInterrupt(work: Promise<void>): void {
    work.catch(() => {
      if (this.#socket.connected) this.#end(INTERRUPTED);
    });
  }
}
