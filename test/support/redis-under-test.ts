import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type RedisClientType } from 'redis';
import { startEmbeddedValkey } from '../../src/redis-server/embedded-valkey.js';
import { stopAfterwards } from './cleanup.js';
import { freePort } from '../../src/redis-server/free-port.js';

const MOST_TRIES = 5;

/** What the tests' own clients are duplicates of: createClient() takes 50 ms of CPU each time. */
const pattern: RedisClientType = createClient();

declare global {
  /** Set by jest.config.mjs: which Redis the file runs against. */
  var REDIS_UNDER_TEST: 'embedded' | 'server';
}

/** The address of this file's own Redis: embedded Valkey, a redis-server, or the one at REDIS_URL. */
export async function startRedis(): Promise<string> {
  if (globalThis.REDIS_UNDER_TEST === 'server' && process.env['REDIS_URL']) {
    return process.env['REDIS_URL'];
  }
  return startRedisOfOwn();
}

/** The address of a Redis that nobody else asks anything, whose statistics can be read: also where REDIS_URL is set. */
export async function startRedisOfOwn(): Promise<string> {
  if (globalThis.REDIS_UNDER_TEST === 'server' && !process.env['REDIS_URL']) {
    return untilItAnswers((await startRedisServer({ isDurable: false })).url);
  }
  const valkey = await startEmbeddedValkey();
  stopAfterwards(() => valkey.stop());
  return untilItAnswers(valkey.url);
}

/** On a busy machine a Redis that listens may answer late, and a node waits only 10 s for its clients. */
async function untilItAnswers(url: string): Promise<string> {
  const client = pattern.duplicate({ url });
  client.on('error', () => undefined);
  await client.connect();
  await client.ping();
  client.destroy();
  return url;
}

/** A redis-server of the caller's own. */
export async function startRedisServer({ isDurable = true } = {}): Promise<RedisServer> {
  for (let tries = 1; ; tries += 1) {
    const server = new RedisServer(await freePort(), isDurable);
    stopAfterwards(() => server.destroy());
    try {
      await server.start();
      return server;
    } catch (error) {
      // Somebody else may have taken the port in between.
      if (tries === MOST_TRIES) throw error;
    }
  }
}

/** A client of the test's own, to look at Redis from outside. */
export async function openRedis(url: string): Promise<RedisClientType> {
  const client = pattern.duplicate({ url });
  client.on('error', () => undefined);
  await client.connect();
  stopAfterwards(() => {
    client.destroy();
  });
  return client;
}

/** A redis-server process that keeps its data over a stop and a start. */
export class RedisServer {
  readonly url: string;
  readonly #port: number;
  readonly #isDurable: boolean;
  #directory: string | undefined;
  #process: ChildProcess | undefined;

  /** @param isDurable whether every write is on disk before it is answered */
  constructor(port: number, isDurable = true) {
    this.#port = port;
    this.#isDurable = isDurable;
    this.url = `redis://127.0.0.1:${String(port)}`;
  }

  async start(): Promise<void> {
    this.#directory ??= await mkdtemp(join(tmpdir(), 'redis-'));
    const settings = { port: this.#port, bind: '127.0.0.1', dir: this.#directory, save: '' };
    const durability = this.#isDurable ? { appendonly: 'yes', appendfsync: 'always' } : {};
    const flags = Object.entries({ ...settings, ...durability });
    this.#process = spawn(
      'redis-server',
      flags.flatMap(([name, value]) => [`--${name}`, String(value)]),
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
