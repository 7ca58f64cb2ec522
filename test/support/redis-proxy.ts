import type { RedisAddress } from '../../src/shared-session/index.js';
import { parseRedisAddress } from '../../src/shared-session/redis/redis-address.js';
import { serverUrls } from './redis-under-test.js';
import { TcpProxy } from './tcp-proxy.js';

/** Stands between one node and its Redis, of whichever kind: one proxy in front of each server. */
export class RedisProxy {
  private constructor(
    /** As `openRedisClients()` takes it. */
    readonly address: RedisAddress,
    private readonly proxies: readonly TcpProxy[],
  ) {}

  static async to(url: string): Promise<RedisProxy> {
    const urls = await serverUrls(url);
    const proxies = await Promise.all(urls.map((each) => TcpProxy.to(each)));
    const place = parseRedisAddress(url);
    const [only] = proxies;
    if (!place || 'url' in place) return new RedisProxy(only?.url ?? url, proxies);
    const nodeAddressMap = Object.fromEntries(
      urls.map((each, index) => [new URL(each).host, hostAndPort(proxies[index]?.url ?? '')]),
    );
    const address =
      'cluster' in place
        ? {
            cluster: {
              ...place.cluster,
              rootNodes: proxies.map((proxy) => ({ url: proxy.url })),
              nodeAddressMap,
            },
          }
        : { sentinel: { ...place.sentinel, nodeAddressMap } };
    return new RedisProxy(address, proxies);
  }

  get subscriberBytes(): number {
    return this.proxies.reduce((sum, each) => sum + each.subscriberBytes, 0);
  }

  set subscriberDelayMs(ms: number) {
    for (const each of this.proxies) each.subscriberDelayMs = ms;
  }

  /** Whether every connection that was swallowed has been given up. */
  get isRid(): boolean {
    return this.proxies.every(({ isRid }) => isRid);
  }

  cut(): void {
    for (const each of this.proxies) each.cut();
  }

  cutSubscribers(): void {
    for (const each of this.proxies) each.cutSubscribers();
  }

  deafen(): void {
    for (const each of this.proxies) each.deafen();
  }

  freeze(): void {
    for (const each of this.proxies) each.freeze();
  }

  swallow(): void {
    for (const each of this.proxies) each.swallow();
  }

  heal(): void {
    for (const each of this.proxies) each.heal();
  }

  /** Resolves when a subscriber next sends something that is delayed. */
  async delayed(): Promise<void> {
    await Promise.race(this.proxies.map((each) => each.delayed()));
  }

  /** Resolves when all that was delayed so far has been passed on. */
  async caughtUp(): Promise<void> {
    await Promise.all(this.proxies.map((each) => each.caughtUp()));
  }
}

function hostAndPort(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
