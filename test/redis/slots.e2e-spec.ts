import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import slotOf from 'cluster-key-slot';
import type { SessionData } from 'express-session';
import { CartRepository } from '../../src/server/cart/cart.repository.js';
import { type Principal, principalName, type Session } from '../../src/shared-session/index.js';
import { RedisClock } from '../../src/shared-session/redis/redis-clock.js';
import { sessionHandle } from '../../src/shared-session/session/session-handle.js';
import { toSession } from '../../src/shared-session/session/session.js';
import { partsOf } from '../../src/testing/node-parts.js';
import { openRedis, serverUrls, startRedis } from '../support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from '../support/test-node.js';

const SLOTS = 16_384;
/** Every eighth slot: all of them take minutes of a small machine. */
const STEP = process.env['ALL_SLOTS'] === undefined ? 8 : 1;
/** Few enough that a busy machine answers each in time. */
const AT_ONCE = 40;
const MASTERS = 3;
const WITHIN_MS = 300_000;
const BY_TEST = { reason: 'revoked', by: 'application' } as const;

/** The key of a session or of a principal, or one that nodes have for themselves. */
const KEY =
  /^(?:sess:\{(?<handle>[\w-]+)\}|[\w-]+:\{(?<principal>user:[\w-]+)\}|nodes?:\{nodes\}|shared-session:)/;

/** A user for each of these slots, whose keys are there. */
function userForEachSlot(): Principal[] {
  const users = new Map<number, Principal>();
  for (let id = 0; users.size < SLOTS / STEP; id += 1) {
    const user = { kind: 'user', id: String(id) } as const;
    const slot = slotOf(`{${principalName(user)}}`);
    if (slot % STEP === 0) users.set(slot, user);
  }
  return [...users.values()];
}

/** Which master has a slot, of three with a third of them each. */
function masterOf(slot: number): number {
  const firsts = [...Array(MASTERS).keys()].map((index) => Math.floor((SLOTS * index) / MASTERS));
  return firsts.findLastIndex((first) => slot >= first);
}

describe('on a Cluster, with a user in each slot who starts sessions, shops and ends one', () => {
  const redisPrefix = uniquePrefix();
  let redisUrl: string;
  let node: TestNode;
  /** By master. */
  let keys: string[][];

  async function start({ id }: Principal): Promise<Session> {
    const { stored, options } = partsOf(node.app);
    const handle = sessionHandle(randomUUID());
    const now = node.app.get(RedisClock, { strict: false }).now();
    // Only what the store reads of it.
    const data = { user: { id, roles: [] }, sharedSession: { startedAt: now } } as unknown;
    await stored.start(handle, data as SessionData, JSON.stringify(data));
    const found = await stored.read(handle);
    const session = found && toSession(found, options, now);
    if (!session) throw new Error('A session that was started is not there.');
    return session;
  }

  async function visit(user: Principal): Promise<void> {
    const { stored } = partsOf(node.app);
    const carts = node.app.get(CartRepository, { strict: false });
    const [one] = [await start(user), await start(user)];
    const line = { mode: 'set', sku: 'scale', quantity: 1, unitPrice: 100 } as const;
    const command = { operationId: randomUUID(), fingerprint: 'set', lines: [line] };
    expect((await carts.apply(one, command)).outcome).toBe('applied');
    await stored.end(one.handle, BY_TEST, user);
    expect(await stored.of(user)).toHaveLength(1);
  }

  beforeAll(async () => {
    redisUrl = await startRedis();
    node = await startTestNode({ redisUrl, redisPrefix });
    // What Redis refuses, CROSSSLOT or MOVED, would fail it.
    const users = userForEachSlot();
    for (let start = 0; start < users.length; start += AT_ONCE) {
      await Promise.all(users.slice(start, start + AT_ONCE).map(visit));
    }
    const masters = await Promise.all((await serverUrls(redisUrl)).map(openRedis));
    const found = await Promise.all(masters.map((master) => master.keys(`${redisPrefix}*`)));
    keys = found.map((names) => names.map((name) => name.slice(redisPrefix.length)));
  }, WITHIN_MS);

  it('each key is on the master that has its slot', () => {
    const strays = keys.flatMap((names, index) =>
      names.filter((name) => masterOf(slotOf(`${redisPrefix}${name}`)) !== index),
    );

    expect(strays).toEqual([]);
    expect(keys).toHaveLength(MASTERS);
  });

  it('all keys of a user are in one slot, and every slot has them', () => {
    const slots = new Map<string, Set<number>>();
    for (const name of keys.flat()) {
      const { principal } = KEY.exec(name)?.groups ?? {};
      if (principal === undefined) continue;
      const known = slots.get(principal) ?? new Set();
      slots.set(principal, known.add(slotOf(`${redisPrefix}${name}`)));
    }

    expect([...slots.values()].filter(({ size }) => size !== 1)).toEqual([]);
    expect(new Set([...slots.values()].flatMap((each) => [...each])).size).toBe(SLOTS / STEP);
  });

  it('a session has one key, and no key is of anything else', () => {
    const handles = keys.flat().flatMap((name) => KEY.exec(name)?.groups?.['handle'] ?? []);

    expect(handles).toHaveLength(SLOTS / STEP);
    expect(new Set(handles).size).toBe(SLOTS / STEP);
    expect(keys.flat().filter((name) => !KEY.test(name))).toEqual([]);
  });
});
