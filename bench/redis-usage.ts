import type { RedisClientType } from 'redis';

/** Processor time that Redis has used so far, in ms. */
export async function redisCpuMs(redis: RedisClientType): Promise<number> {
  const info = await redis.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`${name}:(\\S+)`).exec(info)?.[1]);
  return (seconds('used_cpu_sys') + seconds('used_cpu_user')) * 1000;
}

/** Memory that Redis has in use, in bytes. */
export async function redisBytes(redis: RedisClientType): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}
