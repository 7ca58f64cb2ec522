import type { RedisClientType } from 'redis';
import { ENTER_SESSION, EXTEND_RECORD } from '../src/shared-session/store/session.scripts.js';
import { openRedis } from '../test/support/redis-under-test.js';
import type { Peer } from './peer.js';
import { redisBytes } from './redis-usage.js';
import { short } from './results.js';

/** As many as the library sends at a time. */
const BATCH = 500;
const BATCHES = 40;
/** As many as a guest's cart remembers. */
const OPERATIONS = 200;

/** What Redis holds for one of each, and what the upkeep of a session costs it. */
export async function redisCosts(peer: Peer): Promise<string[][]> {
  const ledgers = () => peer.redis.keys('cart-operations:*');
  const before = new Set(await ledgers());
  const [[here] = []] = await peer.pairs(1);
  for (let sent = 0; sent < OPERATIONS; sent += 1) await here?.update();
  const ledger = (await ledgers()).find((key) => !before.has(key)) ?? '';
  const operations = (await peer.redis.memoryUsage(ledger, { SAMPLES: 0 })) ?? NaN;
  const rows: [string, number][] = [
    ['bytes of an operation, for 24 h', operations / OPERATIONS],
    ['bytes of a room on a node', await bytesPerRoom(peer)],
    ['µs of a session in the sweep', await microseconds(peer.redis, 'pttl', sweep)],
    ['µs of an active session in a flush', await microseconds(peer.redis, 'evalsha', flush)],
  ];
  return rows.map(([name, value]) => [name, short(value)]);
}

async function bytesPerRoom({ redis, redisUrl }: Peer): Promise<number> {
  const subscriber = await openRedis(redisUrl);
  const before = await redisBytes(redis);
  for (let batch = 0; batch < BATCHES; batch += 1) {
    // As long as the room of a user whose id is a UUID.
    const rooms = namesOf(batch).map((name) => `socket.io#/#user:${name.padStart(36, '0')}#`);
    await subscriber.sSubscribe(rooms, () => undefined);
  }
  return ((await redisBytes(redis)) - before) / (BATCH * BATCHES);
}

async function sweep(redis: RedisClientType, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => redis.pTTL(record(name))));
}

async function flush(redis: RedisClientType, names: readonly string[]): Promise<void> {
  const keptMs = 1e7;
  await Promise.all(
    names.map((name) =>
      ENTER_SESSION.run(redis, [setOf(name)], [handleOf(name), 1e7, 'raise', keptMs]),
    ),
  );
  await Promise.all(names.map((name) => EXTEND_RECORD.run(redis, [record(name)], [1e7])));
}

/** What a command costs for each session, as Redis accounts for it. */
async function microseconds(
  redis: RedisClientType,
  command: string,
  run: (redis: RedisClientType, names: readonly string[]) => Promise<void>,
): Promise<number> {
  const expiration = { type: 'PX', value: 1e7 } as const;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    await Promise.all(
      namesOf(batch).flatMap((name) => [
        redis.set(record(name), '{}', { expiration }),
        redis.zAdd(setOf(name), { score: Date.now() + 1e7, value: handleOf(name) }),
      ]),
    );
  }
  await run(redis, namesOf(0));
  await redis.configResetStat();
  for (let batch = 0; batch < BATCHES; batch += 1) await run(redis, namesOf(batch));
  const stats = await redis.info('commandstats');
  const [, spent] = new RegExp(`cmdstat_${command}:calls=\\d+,usec=(\\d+)`).exec(stats) ?? [];
  return Number(spent) / (BATCH * BATCHES);
}

function handleOf(name: string): string {
  return name.padStart(22, '0');
}

function setOf(name: string): string {
  return `sessions:{user:${name}}`;
}

function record(name: string): string {
  return `sess:{${handleOf(name)}}`;
}

function namesOf(batch: number): string[] {
  return Array.from({ length: BATCH }, (_, at) => String(batch * BATCH + at));
}
