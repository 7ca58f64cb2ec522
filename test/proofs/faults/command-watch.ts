import { setTimeout as pause } from 'node:timers/promises';
import type { CommandProxy, Fault } from './command-proxy.js';
import { nameOf, targetOf } from './command-names.js';

/** What clients send of their own accord. */
const OF_THE_CLIENT = new Set(['PING', 'HELLO', 'CLIENT', 'INFO', 'SELECT', 'AUTH']);
/** What asks whether nodes live; a node's other commands about itself are its heartbeat. */
const READS = new Set(['GET', 'MGET', 'EXISTS']);
/** So long nothing more must come before an operation's commands count as complete. */
const QUIET_MS = 80;

/** One command of an operation: the n-th of its name. */
export interface Step {
  readonly name: string;
  readonly occurrence: number;
}

/** What tells commands of other work. */
interface Surroundings {
  /** In front of every key. */
  readonly prefix: string;
  /** The node's name, which its heartbeat mentions. */
  readonly node: string;
  /** Ids that belong to other work. */
  readonly foreign: ReadonlySet<string>;
}

/** Tells an operation's commands from what the node does besides, and picks the one that goes wrong. */
export class CommandWatch {
  #steps: Step[] = [];
  #lastAt = 0;
  #struck: Promise<void> = Promise.resolve();

  constructor(
    private readonly proxy: CommandProxy,
    private readonly about: Surroundings,
  ) {
    proxy.decide = (words) => void this.#note(words);
  }

  /** Waits until what was sent before has come to rest, and counts from there on. */
  async begin(): Promise<void> {
    await this.quiet();
    this.#steps = [];
  }

  /** As `begin()`, and lets the command `step` go wrong. */
  async strike(step: Step, fault: Fault, onFault: () => void = () => undefined): Promise<void> {
    await this.begin();
    this.#struck = new Promise((resolve) => {
      this.proxy.onFault = () => {
        onFault();
        resolve();
      };
    });
    let isDue = true;
    this.proxy.decide = (words) => {
      const seen = this.#note(words);
      if (!isDue || seen?.name !== step.name || seen.occurrence !== step.occurrence)
        return undefined;
      isDue = false;
      return fault;
    };
  }

  /** Whether the command came and went wrong, within a second from now. */
  async hasStruck(): Promise<boolean> {
    const late = pause(1000, false);
    const struck = await Promise.race([this.#struck.then(() => true), late]);
    this.proxy.decide = (words) => void this.#note(words);
    return struck;
  }

  /** The commands since `begin()`, when no more come. */
  async steps(): Promise<Step[]> {
    this.#lastAt = performance.now();
    await this.quiet();
    return this.#steps;
  }

  async quiet(): Promise<void> {
    while (performance.now() - this.#lastAt < QUIET_MS) await pause(QUIET_MS / 4);
  }

  #note(words: readonly string[]): Step | undefined {
    if (this.#isBackground(words)) return undefined;
    this.#lastAt = performance.now();
    const name = nameOf(words, this.about.prefix);
    const occurrence = this.#steps.filter((step) => step.name === name).length + 1;
    const step = { name, occurrence };
    this.#steps.push(step);
    return step;
  }

  #isBackground(words: readonly string[]): boolean {
    const command = (words[0] ?? '').toUpperCase();
    if (OF_THE_CLIENT.has(command)) return true;
    if (targetOf(words).includes(this.about.node) && !READS.has(command)) return true;
    const text = words.slice(1).join(' ');
    for (const id of this.about.foreign) if (text.includes(id)) return true;
    return false;
  }
}
