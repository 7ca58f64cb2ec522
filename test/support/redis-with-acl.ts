import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aclFile, redisUsers } from '../../scripts/redis-acl.js';
import { type RedisSettings, startRedisServer } from '../../src/redis-server/redis-server.js';
import type { TestRedis } from '../../src/testing/test-redis.js';

/** The prefixes of all tests, as a pattern. */
const ANY_PREFIX = 'test-*:';
const PASSWORD = 'a password that only tests know';

/** What deploy/redis.acl has for those who ask for it. */
export type ExtraRight = 'classic' | 'cluster' | 'legacy' | 'oidc' | 'replica' | 'scan';

export interface AclOptions {
  /** Whom nodes log in as. */
  readonly user?: 'library' | 'nodes' | 'worker';
  /** What the keys of the test begin with. */
  readonly prefix?: string;
  readonly extra?: readonly ExtraRight[];
  /** Rules that are left out, such as `+get`. */
  readonly without?: readonly string[];
}

function usersFile(options: AclOptions): string {
  const { user = 'nodes', prefix = ANY_PREFIX, extra = [], without = [] } = options;
  const users = redisUsers({ prefix, legacyPrefix: `legacy-${prefix}`, extra });
  const rules = (users.get(user) ?? '').split(' ').filter((rule) => !without.includes(rule));
  // Redis compares patterns that are subscribed to with those of the file as they are, and knows no prefix of any test.
  if (extra.includes('classic') && prefix === ANY_PREFIX) rules.push('&*');
  const entry = aclFile(new Map([[user, rules.join(' ')]]), () => PASSWORD);
  return `user default on nopass ~* &* +@all\n${entry}`;
}

/**
 * A Redis of any kind with a user of deploy/redis.acl, for nodes. Whoever names none may do everything: a test looks
 * from outside.
 *
 * @param start starts servers with those settings
 */
export async function startWithAcl<Redis extends TestRedis>(
  options: AclOptions,
  start: (settings: RedisSettings) => Promise<Redis>,
): Promise<Redis> {
  const directory = await mkdtemp(join(tmpdir(), 'acl-'));
  const aclfile = join(directory, 'users.acl');
  await writeFile(aclfile, usersFile(options));
  const redis = await start({ aclfile });
  const { user = 'nodes' } = options;
  return {
    ...redis,
    url: redis.url.replace('://', `://${user}:${encodeURIComponent(PASSWORD)}@`),
    async stop() {
      await redis.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A redis-server with these users. */
export function startRedisWithAcl(options: AclOptions = {}): Promise<TestRedis> {
  return startWithAcl(options, async (settings) => {
    const server = await startRedisServer(false, settings);
    return { url: server.url, stop: () => server.destroy() };
  });
}
