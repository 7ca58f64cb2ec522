import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type {
  Acknowledgement,
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
} from '../shared-session/shared-session.contract.js';
import { backoff } from './backoff.js';
import { Observable } from './observable.js';
import { INITIAL_STATE, type SessionState } from './session-state.js';
import { onWakeUp, type WakeReason } from './wake-up.js';

export interface ConnectOptions {
  /** The server, such as `https://shop.example`. Default: the page's origin. */
  readonly url?: string;
  /** Sends `GET /session`. Default: the browser's `fetch`, with its cookies. */
  readonly fetch?: typeof globalThis.fetch;
  /** Added to Socket.IO's options: outside browsers `withCredentials: false` and the cookie header. */
  readonly socket?: Partial<ManagerOptions & SocketOptions>;
}

const ANSWER_TIMEOUT_MS = 5000;
/** An answer within this time shows that a connection survived the machine's sleep. */
const ALIVE_TIMEOUT_MS = 3000;
/** A newer server may have others: what they ask for is not known here. */
const KNOWN_REASONS: Readonly<Record<SessionEnded['reason'], true>> = {
  'signed-out': true,
  replaced: true,
  revoked: true,
  expired: true,
  draining: true,
};
/** How often a replaced session's cookie is tried before the server is asked who this is. */
const COOKIE_TRIES = 4;

/**
 * Connects to the server with the visitor's session and follows it from then on: reconnects when the
 * network or a node fails, becomes the user when somebody signs in in another tab, and stops when
 * the session is over.
 *
 * @example
 * const session = connectSession();
 * session.subscribe(() => render(session.getSnapshot()));
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
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** The idle timeout, as the server's answers show it. */
  #idleMs = 0;
  /** Refusals to expect while the new cookie of a sign-in is on its way. */
  #cookieTries = 0;
  /** Rises with every new way taken; what an older one still brings is ignored. */
  #attempt = 0;

  constructor({ url = pageOrigin(), fetch, socket }: ConnectOptions) {
    super(INITIAL_STATE);
    this.#url = url;
    this.#fetch = fetch ?? globalThis.fetch.bind(globalThis);
    this.socket = io(url, {
      transports: ['websocket'],
      withCredentials: true,
      forceNew: true,
      timeout: ANSWER_TIMEOUT_MS,
      ...socket,
      // Socket.IO would come back without asking whose session it is by then.
      reconnection: false,
      autoConnect: false,
    });
    this.#listen();
    this.#wakeUp = onWakeUp((reason) => {
      this.#wake(reason);
    });
    void this.#connect({ fresh: true });
  }

  /**
   * Asks the server anew who this is, and connects as that; the browser's other tabs do the same.
   * Call it after signing in or out, or to go on as a guest when the session is over.
   */
  async refresh(): Promise<void> {
    if (this.getSnapshot().status === 'closed') return;
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

  /** Disconnects for good. Operations that wait are refused. */
  close(): void {
    this.#stop('closed');
    this.#wakeUp.stop();
  }

  /**
   * Sends an event for the user and resolves with the server's answer, which comes within 5 s. An event that
   * the server took prolongs the session.
   *
   * @throws Error when no answer came: the event may have been handled or not
   */
  async ask<T>(event: string, ...payload: unknown[]): Promise<Acknowledgement<T>> {
    const answer = await this.poll<T>(event, ...payload);
    if (answer.ok) this.#noteActivity();
    return answer;
  }

  /**
   * Like {@link ask}, for events that the server marks as `@Poll()`: they do not prolong the session.
   *
   * @throws Error when no answer came
   */
  async poll<T>(event: string, ...payload: unknown[]): Promise<Acknowledgement<T>> {
    if (this.getSnapshot().status !== 'live') throw new Error('not connected');
    const answer: unknown = await this.socket
      .timeout(ANSWER_TIMEOUT_MS)
      .emitWithAck(event, ...payload);
    return answer as Acknowledgement<T>;
  }

  /** What this tab does prolongs the session, and nobody says so. */
  #noteActivity(): void {
    const { session, expiring } = this.getSnapshot();
    if (!session || this.#idleMs === 0) return;
    const idleEnd = Math.min(Date.now() + this.#idleMs, Date.parse(session.absoluteExpiresAt));
    this.change({
      session: { ...session, idleExpiresAt: new Date(idleEnd).toISOString() },
      expiring: expiring?.reason === 'idle' ? null : expiring,
    });
  }

  #listen(): void {
    this.socket.on('session:ready', (session: SessionDescription) => {
      this.#failures = 0;
      this.#cookieTries = 0;
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
    this.socket.on('disconnect', (reason) => {
      if (reason !== 'io client disconnect') this.#retry();
    });
    this.socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
      if (error.data?.code === 'UNAUTHENTICATED') this.#unknown();
      else this.#retry();
    });
  }

  async #connect({ fresh = false } = {}): Promise<void> {
    if (this.getSnapshot().status === 'closed') return;
    this.#stop('connecting');
    const attempt = this.#attempt;
    if (fresh) {
      const session = await this.#askWho().catch(() => null);
      if (attempt !== this.#attempt) return;
      if (!session) {
        this.#retry({ fresh });
        return;
      }
      // Asking was activity, so all of the idle timeout is left.
      this.#idleMs = Date.parse(session.idleExpiresAt) - Date.now();
      this.change({ session });
    }
    this.socket.connect();
  }

  async #askWho(): Promise<SessionDescription> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const address = new URL('/session', this.#url);
    const response = await this.#fetch(address, { credentials: 'include', signal });
    if (!response.ok) throw new Error(`GET /session was answered ${String(response.status)}`);
    return (await response.json()) as SessionDescription;
  }

  #end({ reason, reconnect, retryAfterMs = 0 }: SessionEnded): void {
    // Not to come back by itself is the safe answer to what is not known.
    if (reconnect !== 'now' || !Object.hasOwn(KNOWN_REASONS, reason)) {
      this.#stop('ended', reason);
      return;
    }
    this.#stop('connecting', reason);
    // With the cookie that the browser has by then. Asking GET /session would start a guest's session
    // if the sign-in's response were still on its way, and its cookie would undo the sign-in.
    this.#cookieTries = reason === 'replaced' ? COOKIE_TRIES : 0;
    this.#schedule(retryAfterMs);
  }

  /** The cookie is of no session, or there is none. */
  #unknown(): void {
    const { session } = this.getSnapshot();
    if (this.#cookieTries > 0) {
      this.#cookieTries -= 1;
      // The sign-in's response was lost, cookie and all.
      this.#retry({ fresh: this.#cookieTries === 0 });
    } else if (session && this.#failures > 0) {
      // It was good when this tab was last connected.
      this.#stop('ended', 'expired');
    } else this.#retry({ fresh: true });
  }

  /** Ends the way that was taken so far; nothing of it is heard any more. */
  #stop(status: SessionState['status'], ended: SessionState['ended'] = null): void {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.change({ status, ended });
    this.socket.disconnect();
  }

  #retry({ fresh = false } = {}): void {
    this.#stop('offline');
    this.#schedule(backoff(this.#failures), { fresh });
    this.#failures += 1;
  }

  #schedule(delayMs: number, { fresh = false } = {}): void {
    this.#timer = setTimeout(() => void this.#connect({ fresh }), delayMs);
  }

  #wake(reason: WakeReason): void {
    const { status } = this.getSnapshot();
    if (reason === 'session') void this.#connect({ fresh: true });
    else if (status === 'offline') void this.#connect();
    else if (status === 'live') void this.#checkAlive();
  }

  async #checkAlive(): Promise<void> {
    const attempt = this.#attempt;
    const isAlive = await this.socket
      .timeout(ALIVE_TIMEOUT_MS)
      .emitWithAck('session:get')
      .then(
        () => true,
        () => false,
      );
    if (!isAlive && attempt === this.#attempt) void this.#connect();
  }
}

function pageOrigin(): string {
  const { location } = globalThis as { location?: { origin: string } };
  if (!location) throw new TypeError('connectSession() needs a url outside browsers.');
  return location.origin;
}
