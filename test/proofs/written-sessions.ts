import { randomUUID } from 'node:crypto';
import type { RedisClientType } from 'redis';
import type { Principal } from '../../src/shared-session/index.js';
import { sessionHandle } from '../../src/shared-session/session/session-handle.js';
import { SessionKeys } from '../../src/shared-session/store/session-keys.js';
import { partsOf } from '../../src/testing/node-parts.js';
import { signIn } from '../../src/testing/sign-in.js';
import type { TestNode } from '../support/test-node.js';

const MODEL = 'the-user-whose-session-is-copied';
/** Users whose commands go to Redis together. */
const TOGETHER = 500;

/** What Redis holds of a session that the library itself has started. */
interface Model {
  readonly json: string;
  readonly leftMs: number;
  readonly expiresAt: number;
  readonly setLeftMs: number;
}

/** Writes many sessions as the library does, and much faster: each is a copy of one that it has started. */
export class WrittenSessions {
  readonly #keys: SessionKeys;

  private constructor(
    private readonly redis: RedisClientType,
    prefix: string,
    private readonly model: Model,
  ) {
    this.#keys = new SessionKeys(prefix);
  }

  static async of(
    node: TestNode,
    redis: RedisClientType,
    prefix: string,
  ): Promise<WrittenSessions> {
    const keys = new SessionKeys(prefix);
    const principal = userNamed(MODEL);
    await signIn(node.app, '', (session) => {
      const user = { id: MODEL, email: 'ada@example.com', name: 'Ada', roles: [] };
      Object.assign(session, { user });
    });
    const [session] = await partsOf(node.app).stored.of(principal);
    const handle = session?.handle ?? '';
    const [json, leftMs, expiresAt, setLeftMs] = await Promise.all([
      redis.get(keys.record(handle)),
      redis.pTTL(keys.record(handle)),
      redis.zScore(keys.sessionsOf(principal), handle),
      redis.pTTL(keys.sessionsOf(principal)),
    ]);
    if (json === null || expiresAt === null) throw new Error('The session to copy is not there.');
    return new WrittenSessions(redis, prefix, { json, leftMs, expiresAt, setLeftMs });
  }

  /** Writes sessions of many users, so many of each. */
  async write(users: readonly Principal[], sessionsOfEach: number): Promise<void> {
    for (let start = 0; start < users.length; start += TOGETHER) {
      const some = users.slice(start, start + TOGETHER);
      await Promise.all(some.flatMap((user) => this.#writeUser(user, sessionsOfEach)));
    }
  }

  #writeUser(user: Principal, count: number): Promise<unknown>[] {
    const { json, leftMs, expiresAt, setLeftMs } = this.model;
    const set = this.#keys.sessionsOf(user);
    const record = json.replace(MODEL, user.id);
    const handles = Array.from({ length: count }, () => sessionHandle(randomUUID()));
    const entries = handles.map((value) => ({ score: expiresAt, value }));
    const expiration = { type: 'PX', value: leftMs } as const;
    return [
      this.redis.zAdd(set, entries),
      this.redis.pExpire(set, setLeftMs),
      ...handles.map((handle) => this.redis.set(this.#keys.record(handle), record, { expiration })),
    ];
  }
}

export function userNamed(id: string): Principal {
  return { kind: 'user', id };
}

/** @throws Error unless the library lists and ends written sessions as its own */
export async function checkWritten(node: TestNode, user: Principal, count: number): Promise<void> {
  const { stored, sessions } = partsOf(node.app);
  const listed = await sessions.list(user);
  const handle = listed[0]?.handle ?? '';
  const hasEnded = await stored.endOf(user, handle, { reason: 'revoked', by: 'application' });
  const isGone = (await stored.read(handle)) === null;
  const left = await sessions.list(user);
  if (listed.length === count && hasEnded && isGone && left.length === count - 1) return;
  throw new Error('The library does not take a written session for one of its own.');
}
