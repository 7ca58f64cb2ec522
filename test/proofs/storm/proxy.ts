import { setTimeout as pause } from 'node:timers/promises';
import { type ProxyLink, TcpProxy } from '../../../src/testing/tcp-proxy.js';
import type { Random } from '../../support/random.js';

/** What a connection is for, as what it sends shows. */
export type Role = 'commands' | 'publisher' | 'subscriber' | 'replica';

const PUBLISHES = /(?:^|\r\n)\*\d+\r\n\$\d+\r\nS?PUBLISH\r\n/i;
const REPLICATES = /\r\nPSYNC\r\n/i;

/** How long what goes either way takes. */
export interface Delay {
  readonly ms: number;
  /** Up to so much more, drawn for each chunk. */
  readonly jitterMs: number;
}

interface Passage {
  role: Role;
  isHalfOpen: boolean;
  /** Settles when all that is on its way there, or back, has come. */
  there: Promise<void>;
  back: Promise<void>;
}

/** Stands in front of one Redis server, and does what networks do: nothing that was passed on is lost inside a stream. */
export class StormProxy extends TcpProxy {
  readonly #delays = new Map<Role, Delay>();
  readonly #passages = new Map<ProxyLink, Passage>();

  constructor(
    url: string,
    private readonly random: Random,
  ) {
    super(url);
  }

  /** Lets the connections of a role take longer from now on. */
  slow(role: Role, delay: Delay): void {
    this.#delays.set(role, delay);
  }

  /** Breaks the connections of a role; they may come back at once. */
  resetRole(role: Role): void {
    this.reset((link) => this.#passages.get(link)?.role === role);
  }

  /** The connections of a role stay, and carry nothing any more; new ones work. */
  halfOpen(role: Role): void {
    for (const passage of this.#passages.values())
      if (passage.role === role) passage.isHalfOpen = true;
  }

  override heal(): void {
    this.#delays.clear();
    super.heal();
  }

  protected override opened(link: ProxyLink): void {
    super.opened(link);
    const idle = Promise.resolve();
    this.#passages.set(link, { role: 'commands', isHalfOpen: false, there: idle, back: idle });
    link.near.once('close', () => this.#passages.delete(link));
  }

  protected override pass(link: ProxyLink, chunk: Buffer): void {
    const passage = this.#passages.get(link);
    if (!passage) return;
    passage.role = roleOf(link, passage.role, chunk);
    if (passage.isHalfOpen) return;
    passage.there = this.#later(passage, passage.there, () => {
      super.pass(link, chunk);
    });
  }

  protected override passBack(link: ProxyLink, chunk: Buffer): void {
    const passage = this.#passages.get(link);
    if (!passage || passage.isHalfOpen) return;
    passage.back = this.#later(passage, passage.back, () => {
      super.passBack(link, chunk);
    });
  }

  /** In order, whatever the delay of each is. */
  #later({ role }: Passage, before: Promise<void>, pass: () => void): Promise<void> {
    const { ms, jitterMs } = this.#delays.get(role) ?? { ms: 0, jitterMs: 0 };
    const due = ms + jitterMs > 0 ? pause(ms + jitterMs * this.random.next()) : undefined;
    return before.then(() => due).then(pass);
  }
}

function roleOf(link: ProxyLink, before: Role, chunk: Buffer): Role {
  if (link.isSubscriber) return 'subscriber';
  if (before !== 'commands') return before;
  const text = chunk.toString('latin1');
  if (REPLICATES.test(text)) return 'replica';
  return PUBLISHES.test(text) ? 'publisher' : 'commands';
}
