import { randomUUID } from 'node:crypto';
import type { RedisClientType } from 'redis';
import { type Principal, principalName, Session } from '../../src/shared-session/index.js';
import { sessionHandle } from '../../src/shared-session/session/session-handle.js';

/** Where a cart's keys are. */
export interface CartPlace {
  readonly redis: RedisClientType;
  readonly redisPrefix: string;
}

/** How long the set of a session lives that may write, in ms. */
export const SET_KEPT_MS = 120_000;

/** A session that may write for a principal of its own. */
export async function authorised(
  { redis, redisPrefix }: CartPlace,
  kind: Principal['kind'] = 'user',
): Promise<Session> {
  const principal = { kind, id: randomUUID() };
  const user = kind === 'user' ? { id: principal.id, roles: [] } : null;
  const end = Date.now() + 60_000;
  const session = new Session(sessionHandle(randomUUID()), {
    principal,
    user,
    carriedGuest: null,
    limits: { idleMs: 60_000, absoluteMs: 60_000 },
    idleExpiresAt: end,
    absoluteExpiresAt: end,
    authenticatedOn: 0,
  });
  const key = `${redisPrefix}sessions:{${principalName(principal)}}`;
  await redis.zAdd(key, { score: end, value: session.handle });
  await redis.pExpire(key, SET_KEPT_MS);
  return session;
}
