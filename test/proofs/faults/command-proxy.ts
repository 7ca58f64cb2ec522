import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { stopAfterwards } from '../../support/cleanup.js';
import { isMessage, RespFrames, wordsOf } from './resp.js';

/** What may happen to a command on its way. */
export const FAULTS = ['cut-before', 'cut-after', 'error', 'delay', 'kill'] as const;
export type Fault = (typeof FAULTS)[number];

/** How a Redis answers that has just come back, for any command. */
const ERROR_REPLY = Buffer.from('-LOADING Redis is loading the dataset in memory\r\n');

interface Awaited {
  readonly fault: Fault | undefined;
  /** Replies that are still to come: one for each channel of a subscription. */
  left: number;
  /** What is answered instead of a reply. */
  readonly instead?: Buffer;
}

interface Link {
  readonly near: Socket;
  readonly far: Socket;
  /** Commands that were not answered yet, in the order of their replies. */
  readonly awaited: Awaited[];
  /** Replies that are held back; undefined while they pass. */
  held?: Buffer[];
  /** Nothing that the client sends is passed on any more. */
  isDoomed: boolean;
}

/** Stands between one node and its Redis, knows each command, and lets one of them go wrong. */
export class CommandProxy {
  /** Decides about each command as it arrives. */
  decide: (words: readonly string[]) => Fault | undefined = () => undefined;
  /** Is told when a fault has taken effect. */
  onFault: (fault: Fault) => void = () => undefined;
  readonly #server: Server;
  readonly #links = new Set<Link>();

  private constructor(private readonly target: URL) {
    this.#server = createServer((near) => {
      this.#join(near);
    });
  }

  /** A proxy in front of the Redis at `url`, on a free port. */
  static async to(url: string): Promise<CommandProxy> {
    const proxy = new CommandProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    stopAfterwards(() => {
      proxy.close();
    });
    return proxy;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `redis://127.0.0.1:${String(port)}`;
  }

  /** Lets replies pass that were held back. */
  release(): void {
    for (const link of this.#links) {
      for (const reply of link.held ?? []) link.near.write(reply);
      delete link.held;
    }
  }

  close(): void {
    this.#server.close();
    for (const { near } of this.#links) near.destroy();
  }

  #join(near: Socket): void {
    const far = connect(Number(this.target.port), this.target.hostname);
    const link: Link = { near, far, awaited: [], isDoomed: false };
    this.#links.add(link);
    const [commands, replies] = [new RespFrames(), new RespFrames()];
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('data', (piece) => {
      for (const frame of commands.add(piece)) this.#command(link, frame);
    });
    far.on('data', (piece) => {
      for (const frame of replies.add(piece)) this.#reply(link, frame);
    });
    near.on('close', () => {
      far.destroy();
      this.#links.delete(link);
    });
    far.on('close', () => near.destroy());
  }

  #command(link: Link, frame: Buffer): void {
    if (link.isDoomed) return;
    const words = wordsOf(frame);
    const fault = this.decide(words);
    const left = /^[sp]?(un)?subscribe$/i.test(words[0] ?? '') ? Math.max(1, words.length - 1) : 1;
    if (fault === 'cut-before') {
      link.isDoomed = true;
      link.near.destroy();
      this.onFault(fault);
    } else if (fault === 'error') {
      link.awaited.push({ fault, left: 0, instead: ERROR_REPLY });
      this.#answerInstead(link);
    } else {
      link.isDoomed = fault === 'cut-after' || fault === 'kill';
      link.awaited.push({ fault, left });
      link.far.write(frame);
    }
  }

  #reply(link: Link, frame: Buffer): void {
    const [first] = link.awaited;
    if (!first || isMessage(frame)) {
      this.#pass(link, frame);
      return;
    }
    first.left -= 1;
    if (first.left === 0) link.awaited.shift();
    if (first.fault === 'cut-after' || first.fault === 'kill') {
      if (first.left > 0) return;
      // Killed before its connection breaks: it must not see that.
      this.onFault(first.fault);
      link.near.destroy();
      return;
    }
    if (first.fault === 'delay' && !link.held) {
      link.held = [];
      this.onFault(first.fault);
    }
    this.#pass(link, frame);
    this.#answerInstead(link);
  }

  /** Answers those at the head of the queue that Redis was not asked. */
  #answerInstead(link: Link): void {
    for (let [first] = link.awaited; first?.instead; [first] = link.awaited) {
      link.awaited.shift();
      this.#pass(link, first.instead);
      this.onFault('error');
    }
  }

  #pass(link: Link, reply: Buffer): void {
    if (link.held) link.held.push(reply);
    else link.near.write(reply);
  }
}
