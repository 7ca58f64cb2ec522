import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type RedisClientType } from 'redis';
import { freePort } from '../../src/redis-server/free-port.js';
import { type RedisServer, startRedisServer } from '../../src/redis-server/redis-server.js';
import { eventually } from '../../src/testing/eventually.js';

const NAME = 'mymaster';
const SENTINELS = 3;
const QUORUM = 2;

/** A master, its replica and three Sentinels, as processes on loopback. */
export interface RedisSentinel {
  /** As `openRedisClients()` takes it. */
  readonly url: string;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinelUrls: readonly string[];
  stop(): Promise<void>;
}

/**
 * Resolves when the Sentinels know each other and the replica.
 *
 * @param front puts something in front of the master, through which everybody reaches it; resolves with its address
 */
export async function startRedisSentinel(
  settings: Readonly<Record<string, string>> = {},
  front = (url: string): Promise<string> => Promise.resolve(url),
): Promise<RedisSentinel> {
  const master = await startRedisServer(false, settings);
  const masterPort = Number(new URL(await front(master.url)).port);
  const replica = await startRedisServer(false, {
    ...settings,
    replicaof: `127.0.0.1 ${String(masterPort)}`,
  });
  const directory = await mkdtemp(join(tmpdir(), 'sentinel-'));
  const sentinels: { port: number; process: ChildProcess }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(sentinels.map(({ process }) => kill(process)));
    await Promise.all([master.destroy(), replica.destroy()]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    while (sentinels.length < SENTINELS) sentinels.push(await startSentinel(directory, masterPort));
    const ports = sentinels.map(({ port }) => port);
    await Promise.all(ports.map((port) => untilItKnows(port)));
    const addresses = ports.map((port) => `127.0.0.1:${String(port)}`);
    return {
      url: `redis+sentinel://${addresses.join(',')}/${NAME}`,
      master,
      replica,
      sentinelUrls: addresses.map((address) => `redis://${address}`),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSentinel(
  directory: string,
  masterPort: number,
): Promise<{ port: number; process: ChildProcess }> {
  const port = await freePort();
  const file = join(directory, `${String(port)}.conf`);
  await writeFile(
    file,
    [
      `port ${String(port)}`,
      'bind 127.0.0.1',
      `dir ${directory}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${String(masterPort)} ${String(QUORUM)}`,
      `sentinel down-after-milliseconds ${NAME} 1500`,
      `sentinel failover-timeout ${NAME} 5000`,
      '',
    ].join('\n'),
  );
  const process = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  return { port, process };
}

async function untilItKnows(port: number): Promise<void> {
  const client: RedisClientType = createClient({ url: `redis://127.0.0.1:${String(port)}` });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await eventually(async () => {
      const info = await client.info('sentinel');
      return info.includes(`slaves=1,sentinels=${String(SENTINELS)}`) && info.includes('status=ok');
    }, 20_000);
  } finally {
    client.destroy();
  }
}

async function kill(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exited = once(process, 'exit');
  process.kill('SIGKILL');
  await exited;
}
