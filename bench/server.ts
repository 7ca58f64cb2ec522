import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { stopAfterwards } from '../test/support/cleanup.js';
import { freePort } from '../src/redis/free-port.js';

const TICKS_A_SECOND = 100;
const PAGE_BYTES = 4096;

/** A server process, and what the operating system says that it used. */
export class BenchServer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(script: string, redisUrl: string): Promise<BenchServer> {
    const port = await freePort();
    const env = {
      PATH: process.env['PATH'],
      PORT: String(port),
      REDIS_URL: redisUrl,
      SESSION_SECRET: 'a secret of the benchmark',
      DEMO_ACCOUNTS: 'off',
    };
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    stopAfterwards(() => child.kill('SIGKILL'));
    let output = '';
    while (!output.includes('serves http')) {
      const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
      output += chunk.toString();
    }
    child.stdout.resume();
    return new BenchServer(`http://127.0.0.1:${String(port)}`, child);
  }

  /** Processor time so far, in ms. */
  get cpuMs(): number {
    const fields = this.#stat().split(') ')[1]?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
  }

  /** Resident memory, in KB. */
  get rssKb(): number {
    const [, resident] = readFileSync(`/proc/${String(this.child.pid)}/statm`, 'utf8').split(' ');
    return (Number(resident) * PAGE_BYTES) / 1024;
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  #stat(): string {
    return readFileSync(`/proc/${String(this.child.pid)}/stat`, 'utf8');
  }
}
