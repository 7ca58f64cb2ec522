import type { RedisClusterOptions, RedisSentinelOptions } from 'redis';

/** Where Redis is: one server, a Cluster, or what Sentinel says. */
export type RedisPlace =
  | { readonly url: string }
  | { readonly cluster: RedisClusterOptions }
  | { readonly sentinel: RedisSentinelOptions };

/** One server, or several of a Cluster, or the Sentinels of a master. */
const ADDRESS = /^(rediss?)(?:\+(cluster|sentinel))?:\/\/(?:([^@/]*)@)?([^/]+)(?:\/(.*))?$/;
const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6379;

/**
 * Reads an address, or several of one Cluster: `redis://host:6379`, `redis+cluster://one:6379,two:6379` or
 * `redis+sentinel://one:26379,two:26379/mymaster`; with `rediss` in front for TLS, and with `user:password@` where Redis wants it.
 *
 * @returns undefined for what is none of them
 */
export function parseRedisAddress(address: string | readonly string[]): RedisPlace | undefined {
  if (typeof address !== 'string') return parseSeveral(address);
  if (address.includes('://', address.indexOf('://') + 1)) return parseSeveral(address.split(','));
  const [, scheme, kind, credentials, hosts, path = ''] = ADDRESS.exec(address) ?? [];
  if (!scheme || !hosts) return undefined;
  if (!kind) return URL.canParse(address) ? { url: address } : undefined;
  const defaults = connectionOptions(scheme, credentials);
  const nodes = hosts
    .split(',')
    .map((host) => nodeAt(host, kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT));
  if (!nodes.every((node) => node !== undefined)) return undefined;
  // A Cluster has no name, and what Sentinel watches must have one.
  if ((kind === 'cluster') === Boolean(path)) return undefined;
  if (kind === 'cluster') {
    const rootNodes = nodes.map((node) => ({
      ...defaults,
      socket: { ...defaults.socket, ...node },
    }));
    return { cluster: { rootNodes, defaults } };
  }
  return {
    sentinel: {
      name: decodeURIComponent(path),
      sentinelRootNodes: nodes,
      nodeClientOptions: defaults,
    },
  };
}

/** Whether a text is an address that `openRedisClients()` takes. */
export function isRedisAddress(text: string): boolean {
  return parseRedisAddress(text) !== undefined;
}

/** Several whole addresses are servers of one Cluster. */
function parseSeveral(addresses: readonly string[]): RedisPlace | undefined {
  const [first] = addresses;
  if (
    first === undefined ||
    !addresses.every((each) => /^rediss?:\/\//.test(each) && URL.canParse(each))
  )
    return undefined;
  const { protocol, username, password } = new URL(first);
  const credentials = username || password ? `${username}:${password}` : undefined;
  const defaults = connectionOptions(protocol.slice(0, -1), credentials);
  return { cluster: { rootNodes: addresses.map((url) => ({ url })), defaults } };
}

/** What each connection needs, to whichever server. */
function connectionOptions(scheme: string, credentials = '') {
  const [username, password] = credentials.split(':').map(decodeURIComponent);
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(scheme === 'rediss' && { socket: { tls: true as const } }),
  };
}

function nodeAt(text: string, port: number): { host: string; port: number } | undefined {
  if (!URL.canParse(`redis://${text}`)) return undefined;
  const url = new URL(`redis://${text}`);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port ? Number(url.port) : port };
}
