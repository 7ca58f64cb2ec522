import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { stopAfterwards } from '../test/support/cleanup.js';
import { freePort } from '../src/redis-server/free-port.js';
import type { Inside } from './inside.js';

const TICKS_A_SECOND = 100;
const PAGE_BYTES = 4096;

/** A server process, and what the operating system and the process itself say that it used. */
export class BenchServer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly startAgain: () => Promise<BenchServer>,
  ) {}

  /**
   * @param script with its arguments
   * @param on port; a free one unless it is given
   */
  static async start(
    script: readonly string[],
    redisUrl: string,
    on?: number,
  ): Promise<BenchServer> {
    const port = on ?? (await freePort());
    const env = {
      PATH: process.env['PATH'],
      PORT: String(port),
      REDIS_URL: redisUrl,
      SESSION_SECRET: 'a secret of the benchmark',
      DEMO_ACCOUNTS: 'off',
      // All clients have one address, and send as much as they can.
      RATE_LIMITS: 'off',
    };
    const inside = new URL('inside.js', import.meta.url).href;
    const child = spawn(process.execPath, ['--expose-gc', '--import', inside, ...script], {
      env,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    stopAfterwards(() => child.kill('SIGKILL'));
    const { stdout } = child;
    if (!stdout) throw new Error('A server without an output.');
    let output = '';
    while (!output.includes('serves http')) {
      const [chunk] = (await once(stdout, 'data')) as [Buffer];
      output += chunk.toString();
    }
    stdout.resume();
    const again = () => BenchServer.start(script, redisUrl, port);
    return new BenchServer(`http://127.0.0.1:${String(port)}`, child, again);
  }

  /** Processor time so far, in ms. */
  get cpuMs(): number {
    const fields = this.#read('stat').split(') ')[1]?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
  }

  /** Resident memory, in KB. */
  get rssKb(): number {
    return (Number(this.#read('statm').split(' ')[1]) * PAGE_BYTES) / 1024;
  }

  /** Collects garbage, then tells the heap in use and the delay of the event loop since the last time. */
  async inside(): Promise<Inside> {
    const told = once(this.child, 'message');
    this.child.send('tell');
    const [inside] = (await told) as [Inside];
    return inside;
  }

  /** Kills the process and starts another one on its port. */
  async restart(): Promise<BenchServer> {
    await this.stop();
    return this.startAgain();
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  #read(file: 'stat' | 'statm'): string {
    return readFileSync(`/proc/${String(this.child.pid)}/${file}`, 'utf8');
  }
}
