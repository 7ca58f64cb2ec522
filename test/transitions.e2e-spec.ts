import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionData } from 'express-session';
import type { RedisClientType } from 'redis';
import { type Principal, principalName } from '../src/shared-session/index.js';
import { readSessionUser } from '../src/shared-session/session/session-data.js';
import { sessionHandle } from '../src/shared-session/session/session-handle.js';
import { Announcer } from '../src/shared-session/diagnostics/announcer.js';
import { Durability } from '../src/shared-session/redis/durability.js';
import { PubSub } from '../src/shared-session/redis/pub-sub.js';
import { SessionKeys } from '../src/shared-session/store/session-keys.js';
import type { KeysOf } from '../src/shared-session/store/session.repository.js';
import { StoredSessions } from '../src/shared-session/store/stored-sessions.js';
import { CUTS, FailingClient } from './support/failing-client.js';
import { openRedis, startRedis } from './support/redis-under-test.js';
import { uniquePrefix } from './support/test-node.js';

const limits = { idleMs: 60_000, absoluteMs: 600_000 };
const SIGNED_OUT = { reason: 'signed-out', by: 'session' } as const;
const REVOKED = { reason: 'revoked', by: 'application' } as const;

/** One session, as the transitions are tried on it. */
interface Subject {
  readonly handle: string;
  readonly principal: Principal;
  readonly other: Principal;
  readonly data: SessionData;
}

type Act = (sessions: StoredSessions, subject: Subject) => Promise<unknown>;

const start: Act = (sessions, { handle, data }) =>
  sessions.start(handle, data, JSON.stringify(data));

/** Each transition, and what was done before. */
const TRANSITIONS: readonly (readonly [name: string, before: readonly Act[], act: Act])[] = [
  ['start', [], start],
  ['touch', [start], (sessions, { handle, data }) => sessions.touch(handle, data)],
  [
    'save',
    [start],
    (sessions, { handle, data }) => {
      const loaded = JSON.stringify(data);
      return sessions.save(handle, data, loaded, () => JSON.stringify({ ...data, theme: 'dark' }));
    },
  ],
  [
    'save for another principal',
    [start],
    (sessions, { handle, other }) =>
      sessions.update(handle, (data) => Object.assign(data, { user: { id: other.id } })),
  ],
  ['end', [start], (sessions, { handle }) => sessions.end(handle, SIGNED_OUT)],
  [
    'end of',
    [start],
    (sessions, { handle, principal }) => sessions.endOf(principal, handle, REVOKED),
  ],
  ['end every', [start], (sessions, { principal }) => sessions.endEvery(principal, REVOKED)],
];

describe('a transition that is cut off between two commands', () => {
  let redis: RedisClientType;
  const keys = new SessionKeys(uniquePrefix());

  beforeAll(async () => {
    redis = await openRedis(await startRedis());
  });

  const node = (commands: RedisClientType, keysOf: KeysOf = () => []): StoredSessions =>
    new StoredSessions({
      commands,
      keys,
      limits,
      pubSub: new PubSub(true),
      clock: { now: () => Date.now() },
      readUser: readSessionUser,
      durability: new Durability(commands, false, String),
      keysOf,
      announcer: new Announcer('web', { now: () => Date.now() }),
    });

  async function prepare(before: readonly Act[]): Promise<Subject> {
    const [principal, other] = [randomUUID(), randomUUID()].map((id): Principal => ({
      kind: 'user',
      id,
    })) as [Principal, Principal];
    const data = {
      cookie: { originalMaxAge: null },
      user: { id: principal.id },
      sharedSession: { startedAt: Date.now() },
    } as unknown as SessionData;
    const subject = { handle: sessionHandle(randomUUID()), principal, other, data };
    for (const act of before) await act(node(redis), subject);
    return subject;
  }

  /** Every cut of a transition: what each leaves is looked at. */
  async function everyCut(
    before: readonly Act[],
    act: Act,
    look: (subject: Subject, cutNode: StoredSessions, cut: string) => Promise<void>,
  ): Promise<number> {
    // A script's first run takes a second command, for its source.
    await act(node(redis), await prepare(before));
    const counted = new FailingClient(redis);
    await act(node(counted.client), await prepare(before));
    for (let at = 1; at <= counted.commands; at += 1) {
      for (const cut of CUTS) {
        const subject = await prepare(before);
        const cutNode = node(new FailingClient(redis, at, cut).client);
        // What only tidies up may fail without a word.
        expect(['done', 'UNAVAILABLE']).toContain(await outcomeOf(act(cutNode, subject)));
        await look(subject, cutNode, `cut ${cut} command ${String(at)}`);
      }
    }
    return counted.commands;
  }

  const isLive = async ({ handle }: Subject) => (await redis.exists(keys.record(handle))) === 1;

  /** Who may write in whose name, as scripts see it. */
  async function rights({ handle, principal, other }: Subject): Promise<Principal[]> {
    const scores = await Promise.all(
      [principal, other].map((each) => redis.zScore(keys.sessionsOf(each), handle)),
    );
    return [principal, other].filter((_, index) => (scores[index] ?? 0) > Date.now());
  }

  describe.each(TRANSITIONS)('%s', (_, before, act) => {
    it('leaves no live session that a list misses', async () => {
      await everyCut(before, act, async (subject, __, cut) => {
        const everyone = [subject.principal, subject.other];
        const listed = (await Promise.all(everyone.map((each) => node(redis).of(each)))).flat();
        const found = listed.map(({ handle }) => handle);

        expect([cut, found]).toEqual([cut, (await isLive(subject)) ? [subject.handle] : []]);
      });
    });

    it('leaves no live session, and no rights, that the end of all misses', async () => {
      await everyCut(before, act, async (subject, __, cut) => {
        const everyone = [subject.principal, subject.other];
        await Promise.all(everyone.map((each) => node(redis).endEvery(each, REVOKED)));

        expect([cut, await isLive(subject), await rights(subject)]).toEqual([cut, false, []]);
      });
    });

    it('is no obstacle to what is done next', async () => {
      await everyCut(before, act, async (subject, __, cut) => {
        const again = await outcomeOf(act(node(redis), subject));

        expect([cut, again]).toEqual([cut, expect.stringMatching(/^(done|SESSION_ENDED)$/)]);
      });
    });
  });

  it.each(['start', 'end', 'end of', 'end every'])(
    'is finished by its own node: %s',
    async (wanted) => {
      const [, before = [], act = start] = TRANSITIONS.find(([name]) => name === wanted) ?? [];
      await everyCut(before, act, async (subject, cutNode, cut) => {
        const hasBegun = wanted === 'start' || (await rights(subject)).length === 0;
        await cutNode.finishDue();

        if (hasBegun) {
          expect([cut, await isLive(subject), await rights(subject)]).toEqual([cut, false, []]);
        }
      });
    },
  );

  it('rights follow the record: nobody has them before it says so', async () => {
    const become: Act = (sessions, { handle, other }) =>
      sessions.update(handle, (data) => Object.assign(data, { user: { id: other.id } }));
    await everyCut([start], become, async (subject, _, cut) => {
      const json = (await redis.get(keys.record(subject.handle))) ?? '';
      const isTheirs = json.includes(subject.other.id);
      const mayWrite = (await rights(subject)).includes(subject.other);

      expect([cut, mayWrite && !isTheirs]).toEqual([cut, false]);
    });
  });

  it('nobody becomes somebody else who is told that it failed', async () => {
    const become: Act = (sessions, { handle, other }) =>
      sessions.update(handle, (data) => Object.assign(data, { user: { id: other.id } }));
    const outcomes = new Map<string, string>();
    const tried: Act = async (sessions, subject) => {
      const outcome = await outcomeOf(become(sessions, subject));
      outcomes.set(subject.handle, outcome);
    };
    await everyCut([start], tried, async ({ handle, other }, _, cut) => {
      const isOther = (await redis.get(keys.record(handle)))?.includes(other.id);

      expect([cut, isOther]).toEqual([cut, outcomes.get(handle) === 'done']);
    });
    // Cut off before the record is written, and after.
    expect([...new Set(outcomes.values())].sort()).toEqual(['UNAVAILABLE', 'done']);
  });

  it('gives no rights back to a former principal, whose request comes to its end later', async () => {
    const subject = await prepare([start]);
    const { handle, other, data } = subject;
    await node(redis).update(handle, (now) => Object.assign(now, { user: { id: other.id } }));

    await node(redis).touch(handle, data);

    expect(await rights(subject)).toEqual([other]);
  });

  it('writes nothing where a change changes nothing: no node has to hear of it', async () => {
    const { handle } = await prepare([start]);
    const counted = new FailingClient(redis);

    await node(counted.client).update(handle, () => undefined);

    // What it read.
    expect(counted.commands).toBe(1);
  });

  it('a set outlives its longest entry by as long as a record can live, and no longer', async () => {
    const { principal } = await prepare([start]);

    const leftMs = await redis.pTTL(keys.sessionsOf(principal));

    // Idle, and once more with the margin of an entry that has expired.
    const longestMs = 2 * limits.idleMs + 60_000;
    expect(leftMs).toBeLessThanOrEqual(longestMs);
    expect(leftMs).toBeGreaterThan(longestMs - 30_000);
  });

  it('keys of the principal’s own live as long as its set, but for those without an end', async () => {
    const { handle, principal, data } = await prepare([start]);
    const tag = `{${principalName(principal)}}`;
    const [short, long, endless, missing] = ['short', 'long', 'endless', 'missing'].map(
      (name) => `${name}:${tag}`,
    ) as [string, string, string, string];
    await redis.set(short, '', { expiration: { type: 'PX', value: 5000 } });
    await redis.set(long, '', { expiration: { type: 'PX', value: 86_400_000 } });
    await redis.set(endless, '');

    await node(redis, () => [short, long, endless, missing]).touch(handle, data);

    const setMs = await redis.pTTL(keys.sessionsOf(principal));
    expect(await redis.pTTL(short)).toBeGreaterThan(setMs - 1000);
    expect(await redis.pTTL(short)).toBeLessThanOrEqual(setMs + 1000);
    expect(await redis.pTTL(long)).toBeGreaterThan(2 * setMs);
    expect(await redis.pTTL(endless)).toBe(-1);
    expect(await redis.exists(missing)).toBe(0);
  });

  it('a mark is kept by whoever meets it and cannot finish the end', async () => {
    const { handle, principal, data } = await prepare([start]);
    const set = keys.sessionsOf(principal);
    await redis.zAdd(set, { value: handle, score: 0 });
    await redis.pExpire(set, 20_000);

    const away = node(new FailingClient(redis, 2, 'unsent').client);
    await expect(away.touch(handle, data)).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    expect(await redis.pTTL(set)).toBeGreaterThan(limits.idleMs);
  });

  it('ends soon what it cannot end now', async () => {
    const subject = await prepare([start]);
    const { handle, principal } = subject;
    const away = node(new FailingClient(redis, 1, 'unsent').client);

    expect(await away.endSoon(handle, REVOKED, principal)).toBe(false);
    expect(await isLive(subject)).toBe(true);
    await away.finishDue();

    expect(await isLive(subject)).toBe(false);
  });

  it('an end that is cut off takes the rights before the record, and none come back', async () => {
    const end: Act = (sessions, { handle }) => sessions.end(handle, SIGNED_OUT);
    const commands = await everyCut([start], end, async (subject, __, cut) => {
      const lives = await isLive(subject);
      if (!lives) expect([cut, await rights(subject)]).toEqual([cut, []]);
      const hadRights = (await rights(subject)).length > 0;

      await node(redis).touch(subject.handle, subject.data);

      expect([cut, (await rights(subject)).length > 0]).toEqual([cut, hadRights]);
      expect([cut, await isLive(subject)]).toEqual([cut, hadRights]);
    });
    expect(commands).toBe(4);
  });
});

async function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => String((error as { code?: string }).code),
  );
}
