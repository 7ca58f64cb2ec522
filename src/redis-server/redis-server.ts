import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

const MOST_TRIES = 5;

/** Whether this machine has a `redis-server`. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/**
 * Starts a `redis-server` of the caller's own on a free loopback port; resolves when it listens.
 *
 * @param isDurable whether every write is on disk before it is answered, and there again after a stop and a start
 * @throws Error when it ends before that, five times
 */
export async function startRedisServer(
  isDurable: boolean,
  settings: RedisSettings = {},
): Promise<RedisServer> {
  const durable = isDurable ? DURABLE : {};
  for (let tries = 1; ; tries += 1) {
    const server = new RedisServer(await freePort(), { ...durable, ...settings });
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.destroy();
      // Somebody else may have taken the port in between.
      if (tries === MOST_TRIES) throw error;
    }
  }
}

/** Settings of redis.conf. */
export type RedisSettings = Readonly<Record<string, string>>;

/** Every write is on disk before it is answered. */
const DURABLE = { appendonly: 'yes', appendfsync: 'always' };

/** A `redis-server` process, with a folder of its own for its data. */
export class RedisServer {
  readonly url: string;
  readonly port: number;
  readonly #settings: RedisSettings;
  #directory: string | undefined;
  #process: ChildProcess | undefined;

  constructor(port: number, settings: RedisSettings) {
    this.port = port;
    this.#settings = settings;
    this.url = `redis://127.0.0.1:${String(port)}`;
  }

  async start(): Promise<void> {
    this.#directory ??= await mkdtemp(join(tmpdir(), 'redis-'));
    const port = String(this.port);
    const own = { port, bind: '127.0.0.1', dir: this.#directory, save: '' };
    const flags = Object.entries({ ...own, ...this.#settings });
    this.#process = spawn(
      'redis-server',
      flags.flatMap(([name, value]) => [`--${name}`, value]),
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const { stdout } = this.#process;
    for await (const line of stdout ?? []) if (String(line).includes('Ready to accept')) return;
    throw new Error('redis-server ended before it was ready.');
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const running = this.#process;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill(signal);
    await exited;
  }

  async destroy(): Promise<void> {
    await this.stop('SIGKILL');
    if (this.#directory) await rm(this.#directory, { recursive: true, force: true });
  }
}
