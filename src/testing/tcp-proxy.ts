import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How RESP sends the command that makes a connection a subscriber's: SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE. */
const SUBSCRIBES = /\r\n[PS]?SUBSCRIBE\r\n/i;
const REDIS_PORT = 6379;

/** A connection that the proxy passes on. */
export interface ProxyLink {
  readonly near: Socket;
  readonly far: Socket;
  /** Whether the client has subscribed to anything over it. */
  isSubscriber: boolean;
}

/** Stands between a client and its Redis, and breaks their connections in the ways that networks do. */
export class TcpProxy {
  protected readonly links = new Set<ProxyLink>();
  protected target: URL;
  readonly #server: Server;
  #isCut = false;
  #isDeaf = false;

  /** @param url what it passes on to */
  constructor(url: string) {
    this.target = new URL(url);
    this.#server = createServer((near) => {
      this.#join(near);
    });
  }

  /** Takes connections from now on, at a free loopback port. */
  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** As the target's address, at this proxy's port. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(port);
    return url.href.replace(/\/$/, '');
  }

  /** Whether anybody is connected through it. */
  get isInUse(): boolean {
    return this.links.size > 0;
  }

  /** Breaks every connection and refuses new ones, as a Redis that is down. */
  cut(): void {
    this.#isCut = true;
    this.reset(() => true);
  }

  /** Connections that subscribe stay and carry nothing any more; all others work. */
  deafen(): void {
    this.#isDeaf = true;
  }

  /** Passes everything again. What was stalled is broken, so that clients connect anew. */
  heal(): void {
    this.#isCut = false;
    this.#isDeaf = false;
    this.reset(({ near }) => near.isPaused());
  }

  /** Resolves when the port is free again and every connection is gone. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.reset(() => true);
    await closed;
  }

  /** Breaks those connections that are meant. */
  protected reset(isMeant: (link: ProxyLink) => boolean): void {
    for (const link of this.links) if (isMeant(link)) link.near.destroy();
  }

  /** Called for each new connection. */
  protected opened(link: ProxyLink): void {
    this.links.add(link);
  }

  /** Passes on what the client sends. */
  protected pass({ far }: ProxyLink, chunk: Buffer): void {
    far.write(chunk);
  }

  /** Passes on what the client is sent. */
  protected passBack({ near }: ProxyLink, chunk: Buffer): void {
    near.write(chunk);
  }

  /** Whether a connection that now has something to carry will not. */
  #isStuck(link: ProxyLink): boolean {
    return this.#isDeaf && link.isSubscriber;
  }

  #join(near: Socket): void {
    near.on('error', () => undefined);
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const { port, hostname } = this.target;
    const far = connect(Number(port || REDIS_PORT), hostname);
    far.on('error', () => undefined);
    const link: ProxyLink = { near, far, isSubscriber: false };
    near.on('data', (chunk) => {
      link.isSubscriber ||= SUBSCRIBES.test(chunk.toString('latin1'));
      if (this.#isStuck(link)) stall(link);
      else this.pass(link, chunk);
    });
    far.on('data', (chunk) => {
      if (this.#isStuck(link)) stall(link);
      else this.passBack(link, chunk);
    });
    near.on('close', () => {
      far.destroy();
      this.links.delete(link);
    });
    far.on('close', () => near.destroy());
    this.opened(link);
  }
}

/** The connection stays, and carries nothing any more. */
export function stall({ near, far }: ProxyLink): void {
  near.pause();
  far.pause();
}
