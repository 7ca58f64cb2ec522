import { Logger } from '@nestjs/common';
import type { RedisClientType } from 'redis';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import { asCluster } from './client-kind.js';
import { isOfSentinel, serversBehind } from './redis-clients.js';
import { permitted } from './refusals.js';

/** From this version on Pub/Sub is sharded, without which a Cluster would bring every message to every node. */
const SHARDED_MAJOR = 7;

/**
 * Looks at the Redis that a node is to run on: what cannot work stops the start, what may lose sessions is one line in the
 * log.
 *
 * @throws SharedSessionConfigError saying what is there, and what to do
 */
export async function inspectRedis(commands: RedisClientType): Promise<void> {
  const servers = await serversBehind(commands);
  const infos = await Promise.all(servers.map((server) => permitted('INFO', server.info())));
  for (const info of infos) refuseUnusable(commands, info);
  const risks = new Set(infos.flatMap(risksOf));
  if (risks.size > 0) new Logger('Redis').warn(`Sessions may be lost: ${[...risks].join('; ')}.`);
}

function refuseUnusable(commands: RedisClientType, info: string): void {
  const isCluster = asCluster(commands) !== undefined;
  if (fieldOf(info, 'redis_mode') === 'cluster' && !isCluster) {
    throw new SharedSessionConfigError(
      'The Redis at that address is one of a Cluster: what belongs to its other servers would fail, each socket among it.',
      [
        'Write the address as "redis+cluster://host:6379".',
        'Make clients of your own with `createCluster()`.',
      ],
    );
  }
  const version = fieldOf(info, 'redis_version') ?? '';
  if (Number.parseInt(version, 10) >= SHARDED_MAJOR) return;
  if (!isCluster && !isOfSentinel(commands)) return;
  throw new SharedSessionConfigError(
    `The Redis there is version ${version}: as a Cluster or with Sentinel it needs to be 7 or newer.`,
    ['Move to a newer Redis or Valkey.', 'Give the address of one server.'],
  );
}

function risksOf(info: string): string[] {
  const risks: string[] = [];
  const policy = fieldOf(info, 'maxmemory_policy') ?? 'noeviction';
  if (fieldOf(info, 'maxmemory') !== '0' && policy !== 'noeviction') {
    risks.push(
      `Redis evicts what it has no room for (maxmemory-policy is ${policy}, not noeviction)`,
    );
  }
  const isProduction = process.env['NODE_ENV'] === 'production';
  if (isProduction && fieldOf(info, 'aof_enabled') === '0') {
    risks.push('Redis forgets at a restart what it has not saved yet (appendonly is off)');
  }
  return risks;
}

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
