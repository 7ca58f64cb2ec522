import type { RedisClientType } from 'redis';
import { freePort } from '../../../../src/redis-server/free-port.js';
import type { Figure } from '../../../support/program.js';
import { openRedis } from '../../../support/redis-under-test.js';
import type { Experiment, Stage } from '../experiment.js';
import { atMost, failed, longestGap, plain, type Span } from '../measures.js';
import { type SingleRedis, startSingle } from '../single-redis.js';

const REFUSES_MS = 6000;
const BACK_WITHIN_MS = 5000;

const allowAll = (redis: RedisClientType) =>
  redis.sendCommand(['ACL', 'SETUSER', 'default', '+@all']);

/** How a Redis that is there comes to refuse, and how it is cured. */
const STATES: readonly {
  readonly name: string;
  readonly begin: (redis: RedisClientType) => Promise<unknown>;
  readonly end: (redis: RedisClientType) => Promise<unknown>;
}[] = [
  {
    name: 'no memory left',
    begin: (redis) => redis.configSet({ maxmemory: '1', 'maxmemory-policy': 'noeviction' }),
    end: (redis) => redis.configSet('maxmemory', '0'),
  },
  {
    name: 'read only',
    begin: async (redis) => redis.sendCommand(['REPLICAOF', '127.0.0.1', String(await freePort())]),
    end: (redis) => redis.sendCommand(['REPLICAOF', 'NO', 'ONE']),
  },
  {
    name: 'too few replicas',
    begin: (redis) => redis.configSet('min-replicas-to-write', '1'),
    end: (redis) => redis.configSet('min-replicas-to-write', '0'),
  },
  {
    name: 'no permission to run scripts',
    begin: (redis) => redis.sendCommand(['ACL', 'SETUSER', 'default', '-@scripting']),
    end: allowAll,
  },
  {
    name: 'no permission to write, for scripts either',
    begin: (redis) => redis.sendCommand(['ACL', 'SETUSER', 'default', '-@write']),
    end: allowAll,
  },
];

/** Redis answers, and writes nothing: for want of memory or replicas, as a replica itself, and by its access list. */
export const memory: Experiment<SingleRedis> = {
  name: 'memory',
  nodes: 2,
  closeWithinMs: 12_000,
  takenOut: {
    what: 'want of memory is an outage',
    seenAs: ['wrong code'],
    edits: [{ file: 'redis/redis-outage.js', code: '|OOM|', instead: '|' }],
  },
  deploy: () => startSingle(),
  async harm(stage) {
    const redis = await openRedis(stage.deployment.url);
    const figures: Figure[] = [];
    for (const state of STATES) figures.push(...(await suffer(stage, redis, state)));
    return figures;
  },
};

async function suffer(
  { crowd, history }: Stage<SingleRedis>,
  redis: RedisClientType,
  { name, begin, end }: (typeof STATES)[number],
): Promise<Figure[]> {
  const from = Date.now();
  await begin(redis);
  await crowd.goOn(REFUSES_MS);
  await end(redis);
  const span: Span = { from: Date.now(), to: Date.now() + BACK_WITHIN_MS };
  await crowd.goOn(BACK_WITHIN_MS);
  const tries = failed(history, { from, to: span.from });
  return [
    plain(`${name}: tries that were refused`, tries.length),
    atMost(`${name}: writes again, ms`, longestGap(history, span), BACK_WITHIN_MS / 2),
  ];
}
