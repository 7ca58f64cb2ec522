import type { RedisClusterType, RedisSentinelType } from 'redis';

/** The client itself, if it is what node-redis' `createCluster()` makes. */
export function asCluster(client: object): RedisClusterType | undefined {
  return 'nodeByAddress' in client && 'masters' in client
    ? (client as RedisClusterType)
    : undefined;
}

/** The client itself, if it is what node-redis' `createSentinel()` makes. */
export function asSentinel(client: object): RedisSentinelType | undefined {
  return 'acquire' in client && 'use' in client ? (client as RedisSentinelType) : undefined;
}

/** Whether this is any client of node-redis. */
export function isNodeRedis(client: unknown): boolean {
  return typeof client === 'object' && client !== null && 'isOpen' in client;
}
