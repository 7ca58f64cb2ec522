import type { RedisClientType } from 'redis';

/** What a node knows of the Redis servers behind one of its clients: one server, or the masters of a Cluster. */
export interface RedisServers {
  /** The connection to the server that a key or a channel belongs to now; undefined while nobody has it. */
  of(name: string): RedisClientType | undefined;
  /** The connections to all servers that have keys. */
  all(): RedisClientType[];
  /** Channels of one slot may be subscribed to by one command. */
  slotOf(name: string): number;
  /** Asks Redis anew who has a key or a channel: somebody who should, has not. */
  refresh(name: string): void;
  /** Calls back whenever `of()` may have changed. */
  onChange(listener: () => void): void;
  /** Ends what {@link onChange} began. */
  stop(): void;
}

/** One server, which has everything. */
export class SingleServer implements RedisServers {
  constructor(private readonly client: RedisClientType) {}

  of(): RedisClientType {
    return this.client;
  }

  all(): RedisClientType[] {
    return [this.client];
  }

  slotOf(): number {
    return 0;
  }

  refresh(): void {
    // There is no other.
  }

  onChange(): void {
    // It stays the same.
  }

  stop(): void {
    // Nothing was begun.
  }
}
