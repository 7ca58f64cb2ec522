import type { INestApplication } from '@nestjs/common';
import { eventually } from './eventually.js';
import { partsOf } from './node-parts.js';
import type { TcpProxy } from './tcp-proxy.js';

/** A way to Redis that a test breaks. */
export interface RedisLink {
  /** Breaks every connection and refuses new ones, as while Redis is down. */
  cut(): void;
  /** Lets Pub/Sub alone hang: connections stay, commands work, and no message arrives. */
  deafen(): void;
  /**
   * Undoes both. Resolves when commands go through again, messages arrive, and the sockets of sessions that ended meanwhile are
   * being closed.
   */
  heal(): Promise<void>;
}

/** The way of one node. */
export function redisLinkOf(app: INestApplication, proxy: TcpProxy): RedisLink {
  const { options, probe, upkeep } = partsOf(app);
  const { commands, publisher, subscriber } = options.redis;
  return {
    cut() {
      proxy.cut();
    },
    deafen() {
      proxy.deafen();
    },
    async heal() {
      proxy.heal();
      for (const client of [commands, publisher, subscriber]) {
        // One that has not yet seen its connection break fails; one that connects may reply before it says that it is ready.
        await eventually(async () => (await client.ping().catch(() => false)) && client.isReady);
      }
      await eventually(() => probe.isFresh && upkeep.isCaughtUp);
    },
  };
}

/** The ways of several nodes, as one. */
export function allOf(links: readonly RedisLink[]): RedisLink {
  return {
    cut() {
      for (const link of links) link.cut();
    },
    deafen() {
      for (const link of links) link.deafen();
    },
    async heal() {
      await Promise.all(links.map((link) => link.heal()));
    },
  };
}
