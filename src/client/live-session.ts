import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type {
  Acknowledgement,
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
} from '../shared-session/session.contract.js';
import { backoff } from './backoff.js';
import { LiveCart } from './live-cart.js';
import { Observable } from './observable.js';
import { INITIAL_STATE, type SessionState } from './session-state.js';
import { onWakeUp, type WakeReason } from './wake-up.js';

export interface ConnectOptions {
  /** The server, such as `https://shop.example`. Default: the page's origin. */
  readonly url?: string;
  /** Sends `GET /session`. Default: the browser's `fetch`, with its cookies. */
  readonly fetch?: typeof globalThis.fetch;
  /** Added to Socket.IO's options: outside browsers, the cookie header. */
  readonly socket?: Partial<ManagerOptions & SocketOptions>;
}

const ANSWER_TIMEOUT_MS = 5000;
/** An answer within this time shows that a connection survived the machine's sleep. */
const ALIVE_TIMEOUT_MS = 3000;

/**
 * Connects to the server with the visitor's session and follows it from then on: reconnects when the
 * network or a node fails, becomes the user when somebody signs in in another tab, and stops when
 * the session is over.
 *
 * @example
 * const session = connectSession();
 * session.subscribe(() => render(session.getSnapshot()));
 * const cart = session.cart();
 * cart.subscribe(() => render(cart.getSnapshot()));
 * await cart.add(product, 1);
 */
export function connectSession(options: ConnectOptions = {}): LiveSession {
  return new LiveSession(options);
}

/** The session of this tab, kept in step with the server. Made by {@link connectSession}. */
export class LiveSession extends Observable<SessionState> {
  /** The connection, for an application's own events. It lives as long as this object. */
  readonly socket: Socket;
  readonly #url: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #wakeUp: ReturnType<typeof onWakeUp>;
  #cart: LiveCart | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** Rises with every new way taken; what an older one still brings is ignored. */
  #attempt = 0;

  constructor({ url = globalThis.location.origin, fetch, socket }: ConnectOptions) {
    super(INITIAL_STATE);
    this.#url = url;
    this.#fetch = fetch ?? globalThis.fetch.bind(globalThis);
    const ways = { transports: ['websocket'], withCredentials: true, forceNew: true };
    // Socket.IO would come back without asking whose session it is by then.
    this.socket = io(url, { ...ways, ...socket, reconnection: false, autoConnect: false });
    this.#listen();
    this.#wakeUp = onWakeUp((reason) => {
      this.#wake(reason);
    });
    void this.#connect({ fresh: true });
  }

  /** The cart of whoever the session speaks for. The same object every time. */
  cart(): LiveCart {
    this.#cart ??= new LiveCart(this);
    return this.#cart;
  }

  /**
   * Asks the server anew who this is, and connects as that; the browser's other tabs do the same.
   * Call it after signing in or out, or to go on as a guest when the session is over.
   */
  async refresh(): Promise<void> {
    this.#wakeUp.announce();
    await this.#connect({ fresh: true });
  }

  /** Prolongs the session, as any activity does. Resolves to false when the server could not be asked. */
  async extend(): Promise<boolean> {
    const answer = await this.ask<SessionExpiry>('session:extend').catch(() => null);
    const { session } = this.getSnapshot();
    if (!answer?.ok || !session) return false;
    this.change({ session: { ...session, ...answer.data }, expiring: null });
    return true;
  }

  /** Disconnects for good. */
  close(): void {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#wakeUp.stop();
    this.#cart?.stop();
    this.change({ status: 'closed' });
    this.socket.disconnect();
  }

  /**
   * Sends an event and resolves with the server's answer.
   *
   * @throws Error when no answer came: the event may have been handled or not
   */
  async ask<T>(event: string, ...payload: unknown[]): Promise<Acknowledgement<T>> {
    if (!this.socket.connected) throw new Error('not connected');
    const answer: unknown = await this.socket
      .timeout(ANSWER_TIMEOUT_MS)
      .emitWithAck(event, ...payload);
    return answer as Acknowledgement<T>;
  }

  #listen(): void {
    this.socket.on('session:ready', (session: SessionDescription) => {
      this.#failures = 0;
      this.change({ status: 'live', session, expiring: null, ended: null });
    });
    this.socket.on('session:changed', (session: SessionDescription) => {
      this.change({ session });
    });
    this.socket.on('session:expiring', ({ reason, inMs }: SessionExpiring) => {
      this.change({ expiring: { reason, at: Date.now() + inMs } });
    });
    this.socket.on('session:ended', (ended: SessionEnded) => {
      this.#end(ended);
    });
    this.socket.on('disconnect', () => {
      if (this.getSnapshot().status === 'live') this.#retry();
    });
    this.socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
      this.#refused(error.data?.code);
    });
  }

  async #connect({ fresh }: { fresh: boolean }): Promise<void> {
    if (this.getSnapshot().status === 'closed') return;
    this.#attempt += 1;
    const attempt = this.#attempt;
    clearTimeout(this.#timer);
    this.change({ status: 'connecting' });
    this.socket.disconnect();
    if (fresh) {
      const session = await this.#ask().catch(() => null);
      if (attempt !== this.#attempt) return;
      if (!session) {
        this.#retry({ fresh });
        return;
      }
      this.change({ session });
    }
    this.socket.connect();
  }

  async #ask(): Promise<SessionDescription> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const address = new URL('/session', this.#url);
    const response = await this.#fetch(address, { credentials: 'include', signal });
    if (!response.ok) throw new Error(`GET /session was answered ${String(response.status)}`);
    return (await response.json()) as SessionDescription;
  }

  #end({ reason, reconnect, retryAfterMs = 0 }: SessionEnded): void {
    if (reconnect === 'now') {
      this.change({ status: 'connecting', ended: reason });
      this.#schedule(retryAfterMs, { fresh: true });
      return;
    }
    this.change({ status: reconnect === 'never' ? 'closed' : 'ended', ended: reason });
  }

  #refused(code: string | undefined): void {
    const { session, status } = this.getSnapshot();
    // The cookie was good when this tab was last connected, and is not now.
    const isOver = code === 'UNAUTHENTICATED' && session !== null && this.#failures > 0;
    if (isOver && status !== 'closed') this.change({ status: 'ended', ended: 'expired' });
    else this.#retry({ fresh: code === 'UNAUTHENTICATED' });
  }

  #retry({ fresh = false } = {}): void {
    if (this.getSnapshot().status === 'closed') return;
    this.change({ status: 'offline' });
    this.#schedule(backoff(this.#failures), { fresh });
    this.#failures += 1;
  }

  #schedule(delayMs: number, { fresh }: { fresh: boolean }): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect({ fresh }), delayMs);
  }

  #wake(reason: WakeReason): void {
    const { status } = this.getSnapshot();
    if (reason === 'session') void this.#connect({ fresh: true });
    else if (status === 'offline') void this.#connect({ fresh: false });
    else if (status === 'live') void this.#checkAlive();
  }

  async #checkAlive(): Promise<void> {
    const isAlive = await this.socket
      .timeout(ALIVE_TIMEOUT_MS)
      .emitWithAck('session:get')
      .then(
        () => true,
        () => false,
      );
    if (!isAlive && this.getSnapshot().status === 'live') void this.#connect({ fresh: false });
  }
}
