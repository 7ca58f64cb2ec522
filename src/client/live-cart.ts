import type {
  CartChange,
  CartResult,
  CartSnapshot,
  CartSync,
} from '../server/cart/cart.contract.js';
import { type Product, withPending } from './cart-math.js';
import { ChangeLog } from './change-log.js';
import type { LiveSession } from './live-session.js';
import { Observable } from './observable.js';
import { operationId } from './operation-id.js';
import { OperationQueue, type Settled } from './operation-queue.js';

/** The cart as this tab shows it. */
export interface CartState {
  /** With what is pending already in it; null until the server was asked. */
  readonly cart: CartSnapshot | null;
  /** Operations that the server has not settled yet. */
  readonly pending: number;
}

/** How long a change may be missing before the server is asked for the cart. */
const GAP_MS = 200;
/** How often a connected cart asks whether it missed the last change, which no later one would show. */
const CHECK_MS = 15_000;
/** A server that tells every client to start over is asked by each at a time of its own within this. */
const SPREAD_MS = 2000;

/**
 * The cart of whoever the session speaks for, live. Operations show at once and are rolled back when
 * the server refuses them; those made offline are kept and sent later, in order, exactly once.
 */
export class LiveCart extends Observable<CartState> {
  readonly #session: LiveSession;
  readonly #queue: OperationQueue;
  #log = new ChangeLog();
  #owner = '';
  #gapTimer: ReturnType<typeof setTimeout> | undefined;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #checkTimer: ReturnType<typeof setInterval>;
  /** Whether the connection has had its first `session:ready`. */
  #isGreeted = false;

  /** Made by `LiveSession.cart()`. */
  constructor(session: LiveSession) {
    super({ cart: null, pending: 0 });
    this.#session = session;
    this.#queue = new OperationQueue(
      (operation) => session.ask<CartResult>('cart:apply', operation),
      (change) => {
        this.#take(change);
      },
    );
    session.socket.on('connect', () => (this.#isGreeted = false));
    session.socket.on('session:ready', () => {
      this.#welcome();
    });
    session.socket.on('cart:changed', (change: CartChange) => {
      this.#take(change);
    });
    this.#checkTimer = setInterval(() => void this.#sync(), CHECK_MS);
    if (session.getSnapshot().status === 'live') this.#welcome();
  }

  /** Adds to a product's quantity. */
  add(product: Product, quantity: number): Promise<Settled> {
    const { sku } = product;
    return this.#queue.add({ operationId: operationId(), type: 'add', sku, quantity }, product);
  }

  /** Sets a product's quantity; 0 removes it. */
  set(sku: string, quantity: number): Promise<Settled> {
    return this.#queue.add({ operationId: operationId(), type: 'set', sku, quantity });
  }

  /** Empties the cart. */
  clear(): Promise<Settled> {
    return this.#queue.add({ operationId: operationId(), type: 'clear' });
  }

  /** Called when the session is closed. */
  stop(): void {
    clearTimeout(this.#gapTimer);
    clearTimeout(this.#restartTimer);
    clearInterval(this.#checkTimer);
    this.#queue.stop();
  }

  /** The first `session:ready` of a connection is for this tab alone, a later one for every client. */
  #welcome(): void {
    this.#follow();
    clearTimeout(this.#restartTimer);
    if (this.#isGreeted) {
      this.#restartTimer = setTimeout(() => void this.#begin(), Math.random() * SPREAD_MS);
    } else void this.#begin();
    this.#isGreeted = true;
  }

  async #begin(): Promise<void> {
    await this.#sync();
    await this.#queue.flush();
  }

  /** Another principal has another cart. Only a guest's operations go along, to the user it became. */
  #follow(): void {
    const { session } = this.#session.getSnapshot();
    const owner = session ? `${session.principal.kind}:${session.principal.id}` : '';
    if (owner === this.#owner) return;
    const wasUser = this.#owner.startsWith('user:');
    this.#owner = owner;
    this.#log = new ChangeLog();
    if (wasUser) this.#queue.refuse({ code: 'SESSION_ENDED', message: 'The session has ended.' });
    this.#show();
  }

  /** Asks for the cart where this tab does not have it as it is. A failure is made good by the next try. */
  async #sync(): Promise<void> {
    if (this.#session.getSnapshot().status !== 'live') return;
    const log = this.#log;
    const take = log.askServer();
    const answer = await (log.cart ? this.#askSync(log.cart) : this.#askCart());
    // Somebody else's cart by now.
    if (answer === undefined || log !== this.#log) return;
    take(answer);
    this.#take();
  }

  async #askCart(): Promise<CartSnapshot | undefined> {
    const answer = await this.#session.ask<CartSnapshot>('cart:get').catch(() => undefined);
    return answer?.ok ? answer.data : undefined;
  }

  /** The server's cart; null where this tab has it, undefined where no answer came. */
  async #askSync({ version, revision }: CartSnapshot): Promise<CartSnapshot | null | undefined> {
    const position = { version, revision };
    const answer = await this.#session.ask<CartSync>('cart:sync', position).catch(() => undefined);
    if (!answer?.ok) return undefined;
    return answer.data.upToDate ? null : answer.data.cart;
  }

  #take(change?: CartChange): void {
    if (change) this.#log.add(change);
    this.#show();
    if (!this.#log.hasGap) {
      clearTimeout(this.#gapTimer);
      this.#gapTimer = undefined;
    } else {
      this.#gapTimer ??= setTimeout(() => {
        this.#gapTimer = undefined;
        void this.#sync();
      }, GAP_MS);
    }
  }

  #show(): void {
    const { pending } = this.#queue;
    const cart = this.#log.cart && withPending(this.#log.cart, pending);
    this.change({ cart, pending: pending.length });
  }
}
