import type { RedisClientType } from 'redis';

type Listener = (message: Buffer, channel: Buffer) => void;

/**
 * Pub/Sub as a Redis has it. From version 7 on it is sharded: a message goes to those nodes that listen to its
 * channel, on the server that the channel's hash tag belongs to. Before that, the same channels are not.
 *
 * @see https://redis.io/docs/latest/develop/pubsub/#sharded-pubsub
 */
export class PubSub {
  /** The command by which scripts publish. */
  readonly publishCommand: 'SPUBLISH' | 'PUBLISH';

  readonly subscribeCommand: 'SSUBSCRIBE' | 'SUBSCRIBE';

  constructor(readonly isSharded: boolean) {
    this.publishCommand = isSharded ? 'SPUBLISH' : 'PUBLISH';
    this.subscribeCommand = isSharded ? 'SSUBSCRIBE' : 'SUBSCRIBE';
  }

  /** Asks a Redis for its version. */
  static async of(client: RedisClientType): Promise<PubSub> {
    const info = await client.info('server');
    const major = Number(/^redis_version:(\d+)/m.exec(info)?.[1] ?? 0);
    return new PubSub(major >= 7);
  }

  async publish(client: RedisClientType, channel: string, message: string): Promise<void> {
    await (this.isSharded ? client.sPublish(channel, message) : client.publish(channel, message));
  }

  /** Messages come as they were sent, in bytes. */
  subscribe(client: RedisClientType, channels: string[], listener: Listener): Promise<void> {
    return this.isSharded
      ? client.sSubscribe(channels, listener, true)
      : client.subscribe(channels, listener, true);
  }

  /**
   * Takes a listener off its channels. node-redis is told which: without one, a channel that is subscribed to again
   * before the reply would lose its new listener with the old one.
   */
  unsubscribe(client: RedisClientType, channels: string[], listener: Listener): Promise<void> {
    return this.isSharded
      ? client.sUnsubscribe(channels, listener, true)
      : client.unsubscribe(channels, listener, true);
  }
}
