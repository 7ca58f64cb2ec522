import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { stopAfterwards } from './cleanup.js';

/** Where INFO tells the version. */
const VERSION = 'redis_version:';
/** How RESP names a message: `message`, `pmessage` or `smessage`. */
const MESSAGE = /message\r\n/g;

interface Link {
  readonly near: Socket;
  readonly far: Socket;
  /** Whether the client has subscribed to anything over this connection. */
  subscriber: boolean;
  /** Chunks that are delayed, and when the last of them will have passed. */
  underWay: number;
  passed: Promise<void>;
  /** Whether it takes what it is sent, and passes nothing on. */
  swallows: boolean;
}

/**
 * Stands between one node and its Redis, or between clients and their node. Breaks connections in
 * the ways that networks do, and counts what a Redis sends to subscribers.
 */
export class TcpProxy {
  /** Bytes that subscribers behind this proxy were sent. */
  subscriberBytes = 0;
  /** Messages among them, on any kind of channel. */
  subscriberMessages = 0;
  /** The major version, of one digit, that Redis is made to claim. */
  redisMajor: number | undefined;
  /** How long what a subscriber sends takes, in ms. */
  subscriberDelayMs = 0;
  #target: URL;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #delayed: () => void = () => undefined;
  #mode: 'pass' | 'refuse' | 'deaf' = 'pass';

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((near) => {
      this.#join(near);
    });
  }

  /** A proxy in front of the Redis at `url`, on a free port. */
  static async to(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    stopAfterwards(() => {
      proxy.#server.close();
      proxy.#reset(() => true);
    });
    return proxy;
  }

  /** As the target's address, at this proxy's port. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#target.protocol}//127.0.0.1:${String(port)}`;
  }

  /** Passes new connections on to another target from now on. */
  redirect(url: string): void {
    this.#target = new URL(url);
  }

  /** Resolves when a subscriber next sends something that is delayed. */
  delayed(): Promise<void> {
    return new Promise((resolve) => (this.#delayed = resolve));
  }

  /** Resolves when all that was delayed so far has been passed on. */
  async caughtUp(): Promise<void> {
    await Promise.all([...this.#links].map(({ passed }) => passed));
  }

  /** Breaks every connection and refuses new ones, as a Redis that is down. */
  cut(): void {
    this.#mode = 'refuse';
    this.#reset(() => true);
  }

  /** Breaks the subscriber connections only; they may come back at once. */
  cutSubscribers(): void {
    this.#reset(({ subscriber }) => subscriber);
  }

  /**
   * Half-open: subscriber connections and new ones stay connected and carry nothing any more, while
   * commands and publishes still work.
   */
  deafen(): void {
    this.#mode = 'deaf';
    for (const link of this.#links) if (link.subscriber) stall(link);
  }

  /** Every connection stays, and carries nothing any more: a Redis that hangs. */
  freeze(): void {
    this.#mode = 'deaf';
    for (const link of this.#links) stall(link);
  }

  /**
   * Every connection there is stays, and takes what it is sent without a reply, for good; new ones work:
   * what a firewall leaves that forgot them.
   */
  swallow(): void {
    for (const link of this.#links) link.swallows = true;
  }

  /** Whether every connection that was swallowed has been given up. */
  get isRid(): boolean {
    return [...this.#links].every(({ swallows }) => !swallows);
  }

  /** Passes everything again. What was stalled is broken, so that clients connect anew. */
  heal(): void {
    this.#mode = 'pass';
    this.#reset(({ near }) => near.isPaused());
  }

  #join(near: Socket): void {
    near.on('error', () => undefined);
    if (this.#mode === 'refuse') {
      near.destroy();
      return;
    }
    const far = connect(Number(this.#target.port), this.#target.hostname);
    far.on('error', () => undefined);
    const passed = Promise.resolve();
    const link: Link = { near, far, subscriber: false, underWay: 0, passed, swallows: false };
    this.#links.add(link);
    near.on('data', (chunk) => {
      if (link.swallows) return;
      link.subscriber ||= /subscribe/i.test(chunk.toString());
      const delayMs = link.subscriber ? this.subscriberDelayMs : 0;
      if (delayMs > 0) this.#delayed();
      // In order, whatever the delay is by then: replies are told apart by nothing else.
      if (delayMs > 0 || link.underWay > 0) void passLater(link, chunk, delayMs);
      else far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (link.swallows) return;
      if (link.subscriber) {
        this.subscriberBytes += chunk.length;
        this.subscriberMessages += chunk.toString('latin1').match(MESSAGE)?.length ?? 0;
      }
      near.write(this.#disguised(chunk));
    });
    near.on('close', () => {
      far.destroy();
      this.#links.delete(link);
    });
    far.on('close', () => near.destroy());
    if (this.#mode === 'deaf') stall(link);
  }

  #disguised(chunk: Buffer): Buffer {
    const at = this.redisMajor === undefined ? -1 : chunk.indexOf(VERSION);
    if (at >= 0) chunk.write(String(this.redisMajor), at + VERSION.length);
    return chunk;
  }

  #reset(isMeant: (link: Link) => boolean): void {
    for (const link of this.#links) if (isMeant(link)) link.near.destroy();
  }
}

function passLater(link: Link, chunk: Buffer, delayMs: number): Promise<void> {
  link.underWay += 1;
  const due = pause(delayMs);
  link.passed = link.passed
    .then(() => due)
    .then(() => {
      link.underWay -= 1;
      link.far.write(chunk);
    });
  return link.passed;
}

function stall({ near, far }: Link): void {
  near.pause();
  far.pause();
}
