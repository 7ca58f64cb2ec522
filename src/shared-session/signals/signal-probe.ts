import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { PubSub } from '../store/pub-sub.js';
import { SessionKeys } from '../store/session-keys.js';

/** How often a node calls itself. */
const INTERVAL_MS = 1000;
/** From this age of the last proof on, it is not fresh: the node is not ready for new traffic. */
const LATE_MS = 3000;
/** From here on the node is deaf. What it believes of its sessions may be wrong: nothing goes in or out. */
const DEAF_MS = 10_000;
/** From here on sockets are closed, so that their clients find a node that works. */
const CLOSE_MS = 30_000;

/**
 * Proves, again and again, that this node still hears signals: it publishes to a channel of its own
 * every second and waits to hear itself. A half-open subscriber connection cannot be found in
 * another way; both ends call it ready, and nothing arrives.
 *
 * The proof is dated by when the call was sent. Redis delivers in order on one connection, so
 * whoever hears a call has heard every signal sent before it, also after the process was stopped
 * for a while.
 *
 * @see https://github.com/centrifugal/centrifugo/issues/1189 the same bug elsewhere
 */
@Injectable()
export class SignalProbe implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger(SignalProbe.name);
  readonly #channel: string;
  readonly #listener = (message: Buffer): void => void this.#hear(Number(message));
  #provenAt = performance.now();
  /** When the newest call that was heard was sent; heard while recovering, it proves nothing yet. */
  #heardAt = 0;
  #recovering = false;
  #timer: NodeJS.Timeout | undefined;
  #recover: () => Promise<void> = () => Promise.resolve();
  #close: () => void = () => undefined;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    keys: SessionKeys,
    private readonly pubSub: PubSub,
  ) {
    this.#channel = keys.probeChannel(options.instance);
  }

  /** Whether this node may take new traffic: the last proof is younger than 3 s. */
  get isFresh(): boolean {
    return this.#age < LATE_MS;
  }

  /** Whether the last proof is too old to let events in or out: 10 s, or older. */
  get isDeaf(): boolean {
    return this.#age >= DEAF_MS;
  }

  get #age(): number {
    return performance.now() - this.#provenAt;
  }

  /**
   * @param recover looks at every session before a node that was late is fresh again
   * @param close closes every socket of a node that stays deaf
   */
  onDeafness(recover: () => Promise<void>, close: () => void): void {
    this.#recover = recover;
    this.#close = close;
  }

  async onModuleInit(): Promise<void> {
    const { subscriber } = this.options.redis;
    await this.pubSub.subscribe(subscriber, [this.#channel], this.#listener);
    this.#provenAt = performance.now();
    this.#timer = setInterval(() => void this.#call(), INTERVAL_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    const { subscriber } = this.options.redis;
    // Not waited for: the client is closed next, and a Redis that hangs must not hold the process up.
    if (subscriber.isReady) {
      this.pubSub.unsubscribe(subscriber, [this.#channel], this.#listener).catch(() => undefined);
    }
  }

  async #call(): Promise<void> {
    if (this.#age >= CLOSE_MS) this.#close();
    const { publisher } = this.options.redis;
    // A call that fails needs no handling: the proof grows old, as it does when a call is lost.
    const call = this.pubSub.publish(publisher, this.#channel, String(performance.now()));
    await call.catch(() => undefined);
  }

  async #hear(sentAt: number): Promise<void> {
    if (sentAt <= this.#heardAt || performance.now() - sentAt >= LATE_MS) return;
    this.#heardAt = sentAt;
    if (this.#recovering) return;
    if (!this.isFresh) {
      this.#recovering = true;
      try {
        await this.#recover();
        this.#logger.log('Hears signals again; every session was looked at');
      } catch {
        // Redis went away again: the next call that is heard starts over.
        return;
      } finally {
        this.#recovering = false;
      }
    }
    // Looking at every session may take longer than a call stays a proof.
    this.#provenAt = this.#heardAt;
  }
}
