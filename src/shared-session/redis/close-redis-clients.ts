import type { RedisClientType } from 'redis';
import { inTime } from './in-time.js';
import type { RedisClients } from './redis-clients.js';
import { asCluster } from './client-kind.js';

/** How long each client may wait for replies before it is closed without them. */
const CLOSE_TIMEOUT_MS = 1000;

/** Closes gracefully if Redis answers within 1 s and hard if it does not; the subscriber first. */
export async function closeRedisClients(clients: RedisClients): Promise<void> {
  for (const each of [clients.subscriber, clients.publisher, clients.commands]) {
    await closeClient(each);
  }
}

/** As {@link closeRedisClients}, for one. */
export async function closeClient(client: RedisClientType): Promise<void> {
  if (!client.isOpen) return;
  // A Cluster's client forgets its connections when it begins to close them.
  const connections = asCluster(client)?.masters.flatMap(({ client }) => client ?? []) ?? [];
  if (client.isReady) await closeGracefully(client);
  for (const each of [client, ...connections]) await destroyClient(each);
}

async function closeGracefully(client: RedisClientType): Promise<void> {
  const lateness = (): Error => new Error('Redis does not reply.');
  await inTime(Promise.resolve(client.close()), CLOSE_TIMEOUT_MS, lateness).catch(() => undefined);
}

/** Closes a client hard; no error if it is closed. One of Sentinel takes its time for it. */
export async function destroyClient(client: { destroy(): unknown }): Promise<void> {
  try {
    await client.destroy();
  } catch {
    // It is closed.
  }
}
