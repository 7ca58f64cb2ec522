import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { stopAfterwards } from '../support/cleanup.js';
import type { Image } from './image.js';

/** Whoever is not root can only start processes as himself. */
export const canChangeUser = process.getuid?.() === 0;

/** As Docker waits, by deploy/compose.yaml, before it kills. */
const GRACE_MS =
  Number(/stop_grace_period: (\d+)s/.exec(readFileSync('deploy/compose.yaml', 'utf8'))?.[1]) * 1000;

/**
 * What runs of an image, started and stopped as by Docker: with its user, its environment and its command. As on a
 * read-only file system, what it writes to a file fails.
 */
export class Container {
  /** What it has written so far. */
  output = '';
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(
    private readonly image: Image,
    private readonly settings: Readonly<Record<string, string>>,
  ) {
    this.#process = this.#spawn(image.command);
    this.#ended = once(this.#process, 'close').then(([code]) => code as number | null);
    const read = (chunk: Buffer) => (this.output += chunk.toString());
    this.#process.stdout?.on('data', read);
    this.#process.stderr?.on('data', read);
    stopAfterwards(() => {
      this.#process.kill('SIGKILL');
      return this.#ended;
    });
  }

  /** Resolves with the exit code, null if a signal ended it. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Asks it to end, and kills it after the grace period; resolves with the exit code, null if it was killed. */
  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    const killing = setTimeout(() => this.#process.kill('SIGKILL'), GRACE_MS);
    const code = await this.#ended;
    clearTimeout(killing);
    return code;
  }

  /** Runs the image's health check. */
  async isHealthy(): Promise<boolean> {
    const [code] = (await once(this.#spawn(this.image.healthCheck), 'close')) as [number | null];
    return code === 0;
  }

  #spawn(command: readonly string[]): ChildProcess {
    const { folder, environment, user } = this.image;
    return spawn('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', ...command], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...environment, ...this.settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(canChangeUser ? { uid: user, gid: user } : {}),
    });
  }
}
