import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeTruth, WorldName } from '../../client-demo/src/room/room-events.js';
import { stopAfterwards } from '../support/cleanup.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { NodeMessage } from './node-program.js';
import type { OpenSocket, Place } from './served-node.js';

const PROGRAM = 'build/room/test/room/node-program.js';
/** Frozen, or too busy to answer. */
const SILENT_AFTER_MS = 1000;

type Closing = Extract<NodeMessage, { type: 'closed' }>;

/** A node in a process of its own, behind an address that stays. */
export class RoomNode {
  /** Told what the library says when a socket is gone. */
  onClosed: (closing: Closing) => void = () => undefined;
  #child: ChildProcess | undefined;
  #sockets: OpenSocket[] = [];
  #isUp = false;
  #isFrozen = false;
  #waitingSince: number | null = null;
  #waiting: (() => void)[] = [];

  private constructor(
    readonly name: string,
    private readonly world: WorldName,
    private readonly place: Place,
    private readonly front: TcpProxy,
  ) {}

  static async start(world: WorldName, place: Place): Promise<RoomNode> {
    // Where it leads is known once the node listens.
    const front = await TcpProxy.to('http://127.0.0.1:1');
    const node = new RoomNode(place.name, world, place, front);
    stopAfterwards(() => node.kill());
    await node.run();
    return node;
  }

  get url(): string {
    return this.front.url;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** What it said last of its sockets; those of a process that is gone are gone. */
  get sockets(): readonly OpenSocket[] {
    return this.#isUp ? this.#sockets : [];
  }

  get state(): NodeTruth['state'] {
    if (!this.#isUp) return 'down';
    const since = this.#waitingSince;
    return since !== null && Date.now() - since > SILENT_AFTER_MS ? 'silent' : 'up';
  }

  /** Starts the process, which must not run; resolves when it listens. */
  async run(): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM, this.world, JSON.stringify(this.place)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    let complaints = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString().slice(0, 1000)));
    child.once('exit', () => {
      this.#isUp = false;
      this.#isFrozen = false;
    });
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => {
        reject(new Error(`Node ${this.name} ended before it listened:\n${complaints}`));
      });
      child.on('message', (message: NodeMessage) => {
        if (message.type === 'listens') {
          this.#listens(message.url);
          resolve();
        } else this.#hear(message);
      });
    });
  }

  /** Ends the process as a power cut does. Ending one that is gone is no error. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Has the process stand still, or go on. */
  toggle(): void {
    this.#isFrozen = !this.#isFrozen;
    this.#child?.kill(this.#isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Has it run, whatever was done to it. */
  async restore(): Promise<void> {
    if (this.#isFrozen) this.toggle();
    if (!this.#isUp) await this.run();
  }

  /** Asks for its sockets; the answer comes when it comes. */
  poll(): void {
    if (!this.#isUp || this.#waitingSince !== null) return;
    this.#waitingSince = Date.now();
    // One that has just ended is noticed by its end.
    this.#child?.send('sockets?', () => undefined);
  }

  /** Resolves when it has said once more what it has, or is silent. */
  async fresh(): Promise<void> {
    // An answer that is under way may be older.
    for (let answers = 0; answers < 2; answers += 1) {
      this.poll();
      await Promise.race([this.#answer(), pause(SILENT_AFTER_MS)]);
    }
  }

  #answer(): Promise<void> {
    if (this.#waitingSince === null) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #listens(url: string): void {
    this.front.redirect(url);
    this.#sockets = [];
    this.#waitingSince = null;
    this.#isUp = true;
  }

  #hear(message: Exclude<NodeMessage, { type: 'listens' }>): void {
    if (message.type === 'closed') {
      this.onClosed(message);
      return;
    }
    this.#waitingSince = null;
    this.#sockets = message.sockets;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
