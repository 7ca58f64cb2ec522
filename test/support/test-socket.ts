import { io, type Socket } from 'socket.io-client';
import type { Acknowledgement } from '../../src/shared-session/index.js';
import { stopAfterwards } from './cleanup.js';
import { checkAcknowledgement, checkEvent } from './contract-check.js';
import type { TestNode } from './test-node.js';

const PATIENCE_MS = 20_000;

interface Waiting {
  readonly event: string;
  readonly accept: (payload: unknown) => boolean;
  readonly resolve: (payload: unknown) => void;
}

/** A real Socket.IO client that remembers what it received until a test asks for it. */
export class TestSocket {
  readonly client: Socket;
  readonly #received: { event: string; payload: unknown }[] = [];
  readonly #waiting = new Set<Waiting>();

  constructor(
    private readonly at: Pick<TestNode, 'url' | 'isPlain'>,
    headers: Record<string, string>,
    options: Record<string, unknown> = {},
  ) {
    this.client = io(at.url, {
      transports: ['websocket'],
      extraHeaders: headers,
      forceNew: true,
      reconnection: false,
      ...options,
    });
    this.client.onAny((event: string, payload: unknown) => {
      if (!at.isPlain) checkEvent(event, payload);
      this.#deliver(event, payload);
    });
    this.client.on('disconnect', (reason) => {
      this.#deliver('disconnect', reason);
    });
    stopAfterwards(() => this.client.disconnect());
  }

  /** Resolves when the server has let the socket in, with what `session:ready` said. */
  async ready<T = { handle: string; node: string }>(): Promise<T> {
    const refused = new Promise<never>((_, reject) => {
      this.client.once('connect_error', reject);
    });
    return (await Promise.race([this.next('session:ready'), refused])) as T;
  }

  /** Resolves with the `connect_error` that refused the socket. */
  refused(): Promise<Error & { data?: { code: string }; context?: { status?: number } }> {
    return new Promise((resolve, reject) => {
      this.client.once('connect_error', resolve);
      this.client.once('connect', () => {
        reject(new Error('The socket was let in.'));
      });
    });
  }

  /** The next event of this name (and kind) that no test has taken yet. */
  next<T = unknown>(event: string, accept: (payload: T) => boolean = () => true): Promise<T> {
    const isWanted = accept as (payload: unknown) => boolean;
    const index = this.#received.findIndex(
      (each) => each.event === event && isWanted(each.payload),
    );
    const [found] = index >= 0 ? this.#received.splice(index, 1) : [];
    if (found) return Promise.resolve(found.payload as T);
    return this.#wait(event, isWanted) as Promise<T>;
  }

  /** Names of the events that arrived and that no test has taken. */
  get unread(): string[] {
    return this.#received.map(({ event }) => event);
  }

  /** Sends an event and resolves with its acknowledgement. */
  async ask<T = unknown>(event: string, ...payload: unknown[]): Promise<Acknowledgement<T>> {
    const answer: unknown = await this.client.timeout(PATIENCE_MS).emitWithAck(event, ...payload);
    if (!this.at.isPlain) checkAcknowledgement(event, answer);
    return answer as Acknowledgement<T>;
  }

  /** Sends an event that must succeed, and resolves with its data. */
  async get<T = unknown>(event: string, ...payload: unknown[]): Promise<T> {
    const answer = await this.ask<T>(event, ...payload);
    if (!answer.ok) throw new Error(`${event} was refused: ${answer.error.code}`);
    return answer.data;
  }

  #deliver(event: string, payload: unknown): void {
    for (const waiting of this.#waiting) {
      if (waiting.event !== event || !waiting.accept(payload)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(payload);
      return;
    }
    this.#received.push({ event, payload });
  }

  #wait(event: string, accept: Waiting['accept']): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        event,
        accept,
        resolve: (payload) => {
          clearTimeout(timer);
          resolve(payload);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new Error(`No "${event}" arrived in time; unread: ${this.unread.join(', ')}`));
      }, PATIENCE_MS);
      this.#waiting.add(waiting);
    });
  }
}
