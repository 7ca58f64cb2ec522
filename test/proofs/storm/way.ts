import type { RedisAddress } from '../../../src/shared-session/index.js';
import { parseRedisAddress } from '../../../src/shared-session/redis/redis-address.js';
import { stopAfterwards } from '../../support/cleanup.js';
import type { Random } from '../../support/random.js';
import { serverUrls } from '../../support/redis-under-test.js';
import { type Delay, type Role, StormProxy } from './proxy.js';

/** The way of one node to its Redis: a proxy of its own in front of each server. */
export class Way {
  private constructor(
    /** As the node takes it, in JSON. */
    readonly address: string,
    private readonly proxies: readonly StormProxy[],
  ) {}

  /** A way on which nothing stands. */
  static directly(url: string): Way {
    return new Way(JSON.stringify(url), []);
  }

  static async to(url: string, random: Random): Promise<Way> {
    const urls = await serverUrls(url);
    const proxies: StormProxy[] = [];
    for (const each of urls) {
      const proxy = await new StormProxy(each, random).listen();
      stopAfterwards(() => proxy.close());
      proxies.push(proxy);
    }
    return new Way(JSON.stringify(addressOf(url, urls, proxies)), proxies);
  }

  cut(): void {
    for (const each of this.proxies) each.cut();
  }

  heal(): void {
    for (const each of this.proxies) each.heal();
  }

  slow(role: Role, delay: Delay): void {
    for (const each of this.proxies) each.slow(role, delay);
  }

  reset(role: Role): void {
    for (const each of this.proxies) each.resetRole(role);
  }

  halfOpen(role: Role): void {
    for (const each of this.proxies) each.halfOpen(role);
  }
}

function addressOf(
  url: string,
  urls: readonly string[],
  proxies: readonly StormProxy[],
): RedisAddress {
  const place = parseRedisAddress(url);
  if (!place || 'url' in place) return proxies[0]?.url ?? url;
  const nodeAddressMap = Object.fromEntries(
    urls.map((each, index) => {
      const { hostname: host, port } = new URL(proxies[index]?.url ?? '');
      return [new URL(each).host, { host, port: Number(port) }];
    }),
  );
  if ('sentinel' in place) return { sentinel: { ...place.sentinel, nodeAddressMap } };
  const rootNodes = proxies.map((proxy) => ({ url: proxy.url }));
  return { cluster: { ...place.cluster, rootNodes, nodeAddressMap } };
}
