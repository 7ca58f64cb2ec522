import {
  io,
  type ManagerOptions,
  type Socket,
  type SocketOptions as AuthOptions,
} from 'socket.io-client';
import type { Acknowledgement, ErrorBody, SessionDescription } from '../shared-session/index.js';

const PATIENCE_MS = 20_000;

/** Options of socket.io-client. It does not connect again unless `reconnection` is true. */
export type SocketOptions = Partial<ManagerOptions & AuthOptions> & {
  /** Such as `/chat`; none is the one of `/`. */
  readonly namespace?: string;
};

/** The `connect_error` of a socket that was not let in. */
export interface Refusal extends Error {
  /** What the server said, unless it refused the connection itself. */
  readonly data?: ErrorBody;
  readonly context?: { readonly status?: number };
}

interface Waiting {
  readonly event: string;
  readonly accept: (payload: unknown) => boolean;
  readonly resolve: (payload: unknown) => void;
  readonly giveUp: (why: string) => void;
}

/** A real Socket.IO client that remembers what it received until a test asks for it. */
export class TestSocket {
  /** The client of socket.io-client, for what this class does not do. */
  readonly client: Socket;
  readonly #received: { event: string; payload: unknown }[] = [];
  readonly #waiting = new Set<Waiting>();
  /** Why the client was disconnected, if it does not come back by itself. */
  #closedBy: string | undefined;

  /**
   * @param url of a node
   * @param cookie header
   */
  constructor(url: string, cookie: string, { namespace = '', ...options }: SocketOptions = {}) {
    this.client = io(`${url}${namespace}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      ...options,
      extraHeaders: { ...(cookie ? { cookie } : {}), ...options.extraHeaders },
    });
    this.client.onAny((event: string, payload: unknown) => {
      this.#deliver(event, payload);
    });
    this.client.on('connect', () => {
      this.#closedBy = undefined;
    });
    this.client.on('disconnect', (reason) => {
      this.#deliver('disconnect', reason);
      if (this.client.active && this.client.io.reconnection()) return;
      this.#closedBy = reason;
      for (const { giveUp } of this.#waiting) giveUp(`the socket was closed (${reason})`);
    });
  }

  /** Resolves when the server has let the socket in, with what `session:ready` said; rejects with what refused it. */
  async ready<T = SessionDescription>(): Promise<T> {
    const refused = new Promise<never>((_, reject) => {
      this.client.once('connect_error', reject);
    });
    return (await Promise.race([this.next('session:ready'), refused])) as T;
  }

  /** Resolves with what refused the socket; rejects if it is let in. */
  refused(): Promise<Refusal> {
    return new Promise((resolve, reject) => {
      this.client.once('connect_error', resolve);
      this.client.once('connect', () => {
        reject(new Error('The socket was let in.'));
      });
    });
  }

  /**
   * The next event of this name (and kind) that no test has taken yet; `disconnect` is one, with its reason. Rejects when
   * none came within 20 s, or the socket is closed before.
   */
  next<T = unknown>(event: string, accept: (payload: T) => boolean = () => true): Promise<T> {
    const isWanted = accept as (payload: unknown) => boolean;
    const index = this.#received.findIndex(
      (each) => each.event === event && isWanted(each.payload),
    );
    const [found] = index >= 0 ? this.#received.splice(index, 1) : [];
    if (found) return Promise.resolve(found.payload as T);
    return this.#wait(event, isWanted) as Promise<T>;
  }

  /** Resolves with the reason when the session of the socket has ended, or its node shuts down (`draining`). */
  async ended(): Promise<string> {
    const { reason } = await this.next<{ reason: string }>('session:ended');
    return reason;
  }

  /** Names of the events that arrived and that no test has taken. */
  get unread(): string[] {
    return this.#received.map(({ event }) => event);
  }

  /** Sends an event and resolves with its acknowledgement. Rejects when none came within 20 s, or the socket is closed before. */
  async ask<T = unknown>(event: string, ...payload: unknown[]): Promise<Acknowledgement<T>> {
    const answer: unknown = await this.client.timeout(PATIENCE_MS).emitWithAck(event, ...payload);
    return answer as Acknowledgement<T>;
  }

  close(): void {
    this.client.disconnect();
  }

  #deliver(event: string, payload: unknown): void {
    for (const waiting of this.#waiting) {
      if (waiting.event !== event || !waiting.accept(payload)) continue;
      waiting.resolve(payload);
      return;
    }
    this.#received.push({ event, payload });
  }

  #wait(event: string, accept: Waiting['accept']): Promise<unknown> {
    const waited = new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        event,
        accept,
        resolve: (payload) => {
          settle();
          resolve(payload);
        },
        giveUp: (why) => {
          settle();
          reject(new Error(`No "${event}" came: ${why}; unread: ${this.unread.join(', ')}`));
        },
      };
      const timer = setTimeout(waiting.giveUp, PATIENCE_MS, 'it took too long');
      this.#waiting.add(waiting);
      if (this.#closedBy) waiting.giveUp(`the socket is closed (${this.#closedBy})`);
    });
    // A test may ask ahead, and look at the answer later or never.
    waited.catch(() => undefined);
    return waited;
  }
}
