import type { RedisClientType } from 'redis';
import { freePort } from '../../../../src/redis-server/free-port.js';
import type { Figure } from '../../../support/program.js';
import { openRedis } from '../../../support/redis-under-test.js';
import type { Experiment, Stage } from '../experiment.js';
import { atMost, failed, longestGap, plain, type Span } from '../measures.js';
import { type SingleRedis, startSingle } from '../single-redis.js';
import { SmallDisk } from '../small-disk.js';

const REFUSES_MS = 6000;
const BACK_WITHIN_MS = 5000;

const allowAll = (redis: RedisClientType) =>
  redis.sendCommand(['ACL', 'SETUSER', 'default', '+@all']);

/** How a Redis that is there comes to refuse, and how it is cured. */
interface State {
  readonly name: string;
  readonly begin: (redis: RedisClientType) => Promise<unknown>;
  readonly end: (redis: RedisClientType) => Promise<unknown>;
}

const STATES: readonly State[] = [
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

function fullDisk(disk: SmallDisk): State {
  const name = 'no room on the disk for the append-only file';
  return { name, begin: () => disk.fill(), end: () => disk.empty() };
}

/** One redis-server, with its files on a disk of its own where one can be mounted. */
interface MemoryDeployment extends SingleRedis {
  readonly disk?: SmallDisk;
}

/** Redis answers, and writes nothing: for want of memory, replicas or disk, as a replica itself, and by its access list. */
export const memory: Experiment<MemoryDeployment> = {
  name: 'memory',
  nodes: 2,
  closeWithinMs: 12_000,
  takenOut: {
    what: 'want of memory is an outage',
    seenAs: ['wrong code'],
    edits: [{ file: 'redis/redis-outage.js', code: '|OOM|', instead: '|' }],
  },
  async deploy() {
    const disk = await SmallDisk.mount();
    if (!disk) return startSingle();
    const settings = { dir: disk.directory, appendonly: 'yes' };
    return { ...(await startSingle(false, settings)), disk };
  },
  async harm(stage) {
    const redis = await openRedis(stage.deployment.url);
    const figures: Figure[] = [];
    const { disk } = stage.deployment;
    const states = disk ? [...STATES, fullDisk(disk)] : STATES;
    for (const state of states) figures.push(...(await suffer(stage, redis, state)));
    return disk ? figures : [...figures, plain('no room on the disk', 'not played: no mount')];
  },
};

async function suffer(
  { crowd, history }: Stage<MemoryDeployment>,
  redis: RedisClientType,
  { name, begin, end }: State,
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
