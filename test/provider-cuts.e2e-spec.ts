import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionData } from 'express-session';
import type { RedisClientType } from 'redis';
import { type ProviderLogin, ProviderSessions, SessionKeys } from '../src/shared-session/index.js';
import { Announcer } from '../src/shared-session/diagnostics/announcer.js';
import { Durability } from '../src/shared-session/redis/durability.js';
import { PubSub } from '../src/shared-session/redis/pub-sub.js';
import { readSessionUser } from '../src/shared-session/session/session-data.js';
import { sessionHandle } from '../src/shared-session/session/session-handle.js';
import { ProviderIndex } from '../src/shared-session/store/provider-index.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { CUTS, FailingClient } from './support/failing-client.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';

const limits = { idleMs: 60_000, absoluteMs: 600_000 };
const clock = { now: () => Date.now() };

/** What a node has of sessions and of logins at providers. */
interface Node {
  readonly stored: StoredSessions;
  readonly providers: ProviderSessions;
}

/** One session, and the login that it came of. */
interface Subject {
  readonly handle: string;
  readonly login: ProviderLogin & { readonly sid: string };
  readonly data: SessionData;
}

type Act = (node: Node, subject: Subject) => Promise<unknown>;

/** As `Sessions.signIn()` does it. */
const signIn: Act = async ({ stored, providers }, { handle, login, data }) => {
  await providers.enrol(handle, login);
  await stored.start(handle, data, JSON.stringify(data));
  await providers.confirm(handle, login, limits.absoluteMs);
};

const endBySid: Act = ({ providers }, { login: { issuer, sid } }) => providers.end({ issuer, sid });
const endBySub: Act = ({ providers }, { login: { issuer, sub } }) => providers.end({ issuer, sub });

describe('what is cut off between two commands', () => {
  let redis: RedisClientType;
  const keys = new SessionKeys(uniquePrefix());

  beforeAll(async () => {
    redis = await openRedis(await startRedis('oidc'));
  });

  function node(commands: RedisClientType): Node {
    const durability = new Durability(commands, false, String);
    const stored = new StoredSessions({
      ...{ commands, keys, limits, clock, durability, readUser: readSessionUser },
      pubSub: new PubSub(true),
      keysOf: () => [],
      announcer: new Announcer('web', clock),
    });
    const index = new ProviderIndex({ client: commands, keys, durability });
    return { stored, providers: new ProviderSessions(index, stored, clock) };
  }

  function newSubject(): Subject {
    const login = { issuer: 'https://login.example', sid: randomUUID(), sub: randomUUID() };
    const data = {
      cookie: { originalMaxAge: null },
      user: { id: login.sub },
      sharedSession: { startedAt: Date.now(), idp: login },
    } as unknown as SessionData;
    return { handle: sessionHandle(randomUUID()), login, data };
  }

  /** Every cut of an act, and what is done then by a node that works. */
  async function everyCut(before: readonly Act[], act: Act, then: Act): Promise<unknown[]> {
    const prepared = async (): Promise<Subject> => {
      const subject = newSubject();
      for (const each of before) await each(node(redis), subject);
      return subject;
    };
    // A script's first run takes a second command, for its source.
    await act(node(redis), await prepared());
    const counted = new FailingClient(redis);
    await act(node(counted.client), await prepared());
    const left: string[] = [];
    for (let at = 1; at <= counted.commands; at += 1) {
      for (const cut of CUTS) {
        const subject = await prepared();
        await act(node(new FailingClient(redis, at, cut).client), subject).catch(() => undefined);
        await then(node(redis), subject);
        const isLeft = await redis.exists(keys.record(subject.handle));
        if (isLeft) left.push(`cut ${cut} command ${String(at)}`);
      }
    }
    expect(counted.commands).toBeGreaterThan(5);
    return left;
  }

  it.each([
    ['session', endBySid],
    ['user', endBySub],
  ])('leaves no session of a sign-in that the end of the %s there misses', async (_, end) => {
    expect(await everyCut([], signIn, end)).toEqual([]);
  });

  it.each([
    ['session', endBySid],
    ['user', endBySub],
  ])('leaves no session that the next end of the %s there misses', async (_, end) => {
    expect(await everyCut([signIn], end, end)).toEqual([]);
  });
});
