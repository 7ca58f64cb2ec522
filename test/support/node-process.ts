import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { BUILT_SERVER } from './built-server.js';
import { noteOutput } from './canaries.js';
import { stopAfterwards } from './cleanup.js';
import { TEST_SECRET } from './test-node.js';

/** The built server in a process of its own, to be stopped, frozen or killed. */
export class NodeProcess {
  /** What it has written so far. */
  output = '';

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** Starts a node and resolves when it listens. */
  static async start(
    name: string,
    settings: NodeJS.ProcessEnv,
    {
      port,
      server = BUILT_SERVER,
      program = `${server}/server/main.js`,
    }: { port?: number; server?: string; program?: string } = {},
  ): Promise<NodeProcess> {
    const env = {
      PATH: process.env['PATH'],
      PORT: String(port ?? 0),
      NODE_NAME: name,
      SESSION_SECRET: TEST_SECRET,
      DEMO_ACCOUNTS: 'off',
      // All clients of a test have one address, and are in a hurry.
      RATE_LIMITS: 'off',
      ...settings,
    };
    const child = spawn(process.execPath, [resolve(program)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const node = new NodeProcess(name, child);
    stopAfterwards(() => node.stop('SIGKILL'));
    await node.#untilItListens();
    return node;
  }

  /** Whether the process has ended by itself or by a signal. */
  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** As the node says it when it listens. */
  get port(): number {
    return Number(/ serves http:\/\/[\w.]+:(\d+)/.exec(this.output)?.[1]);
  }

  /** On 127.0.0.1, unless the settings had another HOST. */
  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Sends a signal without waiting for the end, such as SIGSTOP. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves with the exit code when the process has ended; null if a signal ended it. */
  async ended(): Promise<number | null> {
    if (this.hasEnded) return this.child.exitCode;
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return code;
  }

  /** Ends the process; resolves with its exit code, null if a signal ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const ended = this.ended();
    this.child.kill(signal);
    return ended;
  }

  #untilItListens(): Promise<void> {
    return new Promise((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        this.output += chunk.toString();
        noteOutput(chunk.toString());
        if (this.port > 0) resolve();
      };
      this.child.stdout?.on('data', read);
      this.child.stderr?.on('data', read);
      this.child.once('exit', () => {
        reject(new Error(`The node ended before it listened:\n${this.output}`));
      });
    });
  }
}
