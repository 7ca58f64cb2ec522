import type { RedisServer } from '../../src/redis-server/redis-server.js';
import { eventually } from '../../src/testing/eventually.js';
import { openRedis } from './redis-under-test.js';

/** Resolves when a replica of each master has acknowledged all that was written before. */
export async function untilCopied(masters: readonly RedisServer[]): Promise<void> {
  for (const { url } of masters) {
    const client = await openRedis(url);
    const written = masterOffset(await client.info('replication'));
    await eventually(async () => replicaOffset(await client.info('replication')) >= written);
    client.destroy();
  }
}

function masterOffset(info: string): number {
  return Number(/^master_repl_offset:(\d+)/m.exec(info)?.[1]);
}

function replicaOffset(info: string): number {
  return Number(/^slave0:.*offset=(\d+)/m.exec(info)?.[1] ?? -1);
}
