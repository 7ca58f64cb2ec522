import { setTimeout as pause } from 'node:timers/promises';
import { type ProxyLink, stall, TcpProxy as PlainProxy } from '../../src/testing/tcp-proxy.js';
import { stopAfterwards } from './cleanup.js';

/** Where INFO tells the version. */
const VERSION = 'redis_version:';
/** How RESP names a message: `message`, `pmessage` or `smessage`. */
const MESSAGE = /message\r\n/g;

/** What is known of a connection beside who is at its ends. */
interface Passage {
  /** Chunks that are delayed, and when the last of them will have passed. */
  underWay: number;
  passed: Promise<void>;
  /** Whether it takes what it is sent, and passes nothing on. */
  swallows: boolean;
}

/**
 * Stands between one node and its Redis, or between clients and their node. Breaks connections in
 * more ways than an application's tests need, and counts what a Redis sends to subscribers.
 */
export class TcpProxy extends PlainProxy {
  /** Bytes that subscribers behind this proxy were sent. */
  subscriberBytes = 0;
  /** Messages among them, on any kind of channel. */
  subscriberMessages = 0;
  /** The major version, of one digit, that Redis is made to claim. */
  redisMajor: number | undefined;
  /** How long what a subscriber sends takes, in ms. */
  subscriberDelayMs = 0;
  readonly #passages = new Map<ProxyLink, Passage>();
  #delayed: () => void = () => undefined;
  #isFrozen = false;

  /** A proxy in front of the Redis at `url`, on a free port. */
  static async to(url: string): Promise<TcpProxy> {
    const proxy = await new TcpProxy(url).listen();
    stopAfterwards(() => proxy.close());
    return proxy;
  }

  /** Passes new connections on to another target from now on. */
  redirect(url: string): void {
    this.target = new URL(url);
  }

  /** Resolves when a subscriber next sends something that is delayed. */
  delayed(): Promise<void> {
    return new Promise((resolve) => (this.#delayed = resolve));
  }

  /** Resolves when all that was delayed so far has been passed on. */
  async caughtUp(): Promise<void> {
    await Promise.all([...this.#passages.values()].map(({ passed }) => passed));
  }

  /** Breaks the subscriber connections only; they may come back at once. */
  cutSubscribers(): void {
    this.reset(({ isSubscriber }) => isSubscriber);
  }

  /** Every connection stays, and carries nothing any more: a Redis that hangs. */
  freeze(): void {
    this.#isFrozen = true;
    for (const link of this.links) stall(link);
  }

  override heal(): void {
    this.#isFrozen = false;
    super.heal();
  }

  /**
   * Every connection there is stays, and takes what it is sent without a reply, for good; new ones work:
   * what a firewall leaves that forgot them.
   */
  swallow(): void {
    for (const passage of this.#passages.values()) passage.swallows = true;
  }

  /** Whether every connection that was swallowed has been given up. */
  get isRid(): boolean {
    return [...this.#passages.values()].every(({ swallows }) => !swallows);
  }

  protected override opened(link: ProxyLink): void {
    super.opened(link);
    this.#passages.set(link, { underWay: 0, passed: Promise.resolve(), swallows: false });
    link.near.once('close', () => this.#passages.delete(link));
    if (this.#isFrozen) stall(link);
  }

  protected override pass(link: ProxyLink, chunk: Buffer): void {
    const passage = this.#passages.get(link);
    if (!passage || passage.swallows) return;
    const delayMs = link.isSubscriber ? this.subscriberDelayMs : 0;
    if (delayMs > 0) this.#delayed();
    // In order, whatever the delay is by then: replies are told apart by nothing else.
    if (delayMs > 0 || passage.underWay > 0) {
      passLater(passage, delayMs, () => {
        super.pass(link, chunk);
      });
    } else super.pass(link, chunk);
  }

  protected override passBack(link: ProxyLink, chunk: Buffer): void {
    if (this.#passages.get(link)?.swallows) return;
    if (link.isSubscriber) {
      this.subscriberBytes += chunk.length;
      this.subscriberMessages += chunk.toString('latin1').match(MESSAGE)?.length ?? 0;
    }
    super.passBack(link, this.#disguised(chunk));
  }

  #disguised(chunk: Buffer): Buffer {
    const at = this.redisMajor === undefined ? -1 : chunk.indexOf(VERSION);
    if (at >= 0) chunk.write(String(this.redisMajor), at + VERSION.length);
    return chunk;
  }
}

function passLater(passage: Passage, delayMs: number, pass: () => void): void {
  passage.underWay += 1;
  const due = pause(delayMs);
  passage.passed = passage.passed
    .then(() => due)
    .then(() => {
      passage.underWay -= 1;
      pass();
    });
}
