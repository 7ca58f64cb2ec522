import slotOf from 'cluster-key-slot';
import type { RedisClientType, RedisClusterType } from 'redis';
import { nameByTrying } from './name-by-trying.js';
import type { RedisServers } from './redis-servers.js';

/** How often the Cluster's map is looked at: node-redis tells nobody that it has drawn a new one. */
const LOOK_MS = 250;

type Slot = RedisClusterType['slots'][number];

/**
 * The masters of a Cluster, as node-redis knows them. It draws its map of them anew when a server says `MOVED`, and
 * when one is out of reach for a while; it closes its connections to those that are no masters any more.
 */
export class ClusterServers implements RedisServers {
  readonly #cluster: RedisClusterType;
  /** Clients of the same Cluster, whose commands find out what has moved. */
  readonly #witnesses: readonly RedisClusterType[];
  readonly #listeners: (() => void)[] = [];
  #map: unknown;
  #theirMaps: unknown[];
  #timer: NodeJS.Timeout | undefined;

  constructor(cluster: RedisClusterType, witnesses: readonly RedisClusterType[]) {
    this.#cluster = cluster;
    this.#witnesses = witnesses;
    this.#map = cluster.slots;
    this.#theirMaps = witnesses.map(({ slots }) => slots);
  }

  of(name: string): RedisClientType | undefined {
    // Nobody has the slot while its master is down and no replica was elected.
    const shard = this.#cluster.slots[slotOf(name)];
    return shard && this.#connectionTo(shard.master);
  }

  all(): RedisClientType[] {
    return this.#cluster.masters.flatMap((master) => this.#connectionTo(master) ?? []);
  }

  slotOf(name: string): number {
    return slotOf(name);
  }

  /** For each server one of these names that belongs there. */
  nameOnEach(nameOf: (number: number) => string): string[] {
    const { masters, slots } = this.#cluster;
    return masters.map((master) =>
      nameByTrying(nameOf, (name) => slots[slotOf(name)]?.master === master),
    );
  }

  refresh(name: string): void {
    // Whoever has the channel no more says so, and node-redis asks for a new map.
    this.#cluster.sPublish(name, '').then(
      () => this.#look(),
      () => undefined,
    );
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
    this.#timer ??= setInterval(() => {
      this.#look();
    }, LOOK_MS).unref();
    this.#cluster.on('node-disconnect', this.#look);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#cluster.off('node-disconnect', this.#look);
  }

  readonly #look = (): void => {
    const { slots, isOpen } = this.#cluster;
    if (!isOpen) return;
    this.#askWitnesses();
    if (slots === this.#map) return;
    this.#map = slots;
    for (const listener of this.#listeners) listener();
  };

  /** A client that only listens is told of a slot that has moved, but not for certain. */
  #askWitnesses(): void {
    this.#witnesses.forEach((witness, index) => {
      if (witness.slots === this.#theirMaps[index] || !witness.isOpen) return;
      this.#theirMaps[index] = witness.slots;
      const other = witness.slots.findIndex(({ master }, slot) => {
        const own = this.#cluster.slots[slot];
        return master.address !== own?.master.address;
      });
      if (other !== -1) this.refresh(nameIn(other));
    });
  }

  /** node-redis connects when it is first asked; what is sent meanwhile waits in the connection's queue. */
  #connectionTo(master: Slot['master']): RedisClientType | undefined {
    if (!master.client) this.#cluster.nodeClient(master).catch(() => undefined);
    return master.client;
  }
}

/** A name that belongs to a slot. */
function nameIn(slot: number): string {
  for (let tries = 0; ; tries += 1) if (slotOf(String(tries)) === slot) return String(tries);
}
