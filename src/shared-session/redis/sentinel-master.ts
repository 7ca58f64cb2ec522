import { EventEmitter } from 'node:events';
import type { RedisClientType, RedisSentinelType } from 'redis';
import type { RedisServers } from './redis-servers.js';

/**
 * The master that Sentinel has elected, as one client: each command goes to the connection that node-redis has to the
 * master now. Not through the Sentinel client itself, which would try a command again that may have run already, and keep those
 * of an outage for later.
 */
export class SentinelMaster implements RedisServers {
  readonly #sentinel: RedisSentinelType;
  readonly #adopt: (client: RedisClientType) => void;
  readonly #listeners: (() => void)[] = [];
  readonly #events = new EventEmitter();
  #master: RedisClientType;

  private constructor(
    sentinel: RedisSentinelType,
    master: RedisClientType,
    adopt: (client: RedisClientType) => void,
  ) {
    this.#sentinel = sentinel;
    this.#adopt = adopt;
    this.#master = master;
    this.#follow(master);
    sentinel.on('topology-change', this.#onTopology).on('error', this.#onError);
  }

  /**
   * @param sentinel a client that is connected
   * @param adopt called with each connection to a master before its first command
   */
  static async of(
    sentinel: RedisSentinelType,
    adopt: (client: RedisClientType) => void,
  ): Promise<SentinelMaster> {
    return new SentinelMaster(sentinel, await connectionOf(sentinel), adopt);
  }

  of(): RedisClientType {
    return this.#master;
  }

  all(): RedisClientType[] {
    return [this.#master];
  }

  slotOf(): number {
    return 0;
  }

  refresh(): void {
    // Sentinel says so itself, and node-redis asks it again and again.
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  stop(): void {
    this.#listeners.length = 0;
  }

  /** As one client, for whoever knows nothing of Sentinel. */
  asClient(): RedisClientType {
    const own = this.#ownMethods();
    return new Proxy(this.#master, {
      get: (_, name) => {
        if (name in own) return own[name as keyof typeof own];
        if (name === 'isOpen') return this.#sentinel.isOpen;
        const value: unknown = Reflect.get(this.#master, name, this.#master);
        return typeof value === 'function' ? (value.bind(this.#master) as unknown) : value;
      },
      has: (_, name) => name in this.#master,
    });
  }

  #ownMethods() {
    const events = this.#events;
    return {
      on: events.on.bind(events),
      once: events.once.bind(events),
      off: events.off.bind(events),
      close: () => this.#sentinel.close(),
      destroy: () => this.#sentinel.destroy(),
    };
  }

  #follow(master: RedisClientType): void {
    this.#adopt(master);
    master.on('ready', () => this.#events.emit('ready'));
  }

  readonly #onError = (error: unknown): void => {
    if (this.#events.listenerCount('error') > 0) this.#events.emit('error', error);
  };

  readonly #onTopology = ({ type }: { readonly type: string }): void => {
    if (type === 'MASTER_CHANGE') void this.#take();
  };

  async #take(): Promise<void> {
    try {
      // The event comes before the connection.
      const master = await connectionOf(this.#sentinel);
      if (master === this.#master) return;
      this.#master = master;
      this.#follow(master);
      this.#events.emit('ready');
      for (const listener of this.#listeners) listener();
    } catch {
      // Closed meanwhile, or no master: there will be another event.
    }
  }
}

/** The Sentinel client's own connection to the master, once it is ready. */
function connectionOf(sentinel: RedisSentinelType): Promise<RedisClientType> {
  // What node-redis calls a client here is the class of what `createClient()` makes.
  return sentinel._execute(false, (client) =>
    Promise.resolve(client as unknown as RedisClientType),
  );
}
