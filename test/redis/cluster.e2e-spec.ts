import { beforeAll, describe, expect, it } from '@jest/globals';
import slotOf from 'cluster-key-slot';
import type { RedisClientType } from 'redis';
import { eventually } from '../../src/testing/eventually.js';
import { stopAfterwards } from '../support/cleanup.js';
import { isLive } from '../support/is-live.js';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.js';
import { openRedis } from '../support/redis-under-test.js';
import { startWithAcl } from '../support/redis-with-acl.js';
import { startTestNode, type TestNode, uniquePrefix } from '../support/test-node.js';
import { untilCopied } from '../support/until-copied.js';
import { Visitor } from '../support/visitor.js';

const SLOTS = 16_384;
/** A deaf node closes sockets after 30 s. */
const CLOSED_WITHIN_MS = 45_000;

/** A Cluster of the caller's own, and two nodes on it. */
async function start(replicasOfEach: number) {
  const cluster = await startWithAcl({ extra: ['cluster'] }, (settings) =>
    startRedisCluster(3, replicasOfEach, settings),
  );
  stopAfterwards(() => cluster.stop());
  const settings = { redisUrl: cluster.url, redisPrefix: uniquePrefix() };
  const [a, b] = await Promise.all([startTestNode(settings), startTestNode(settings)]);
  return { cluster, prefix: settings.redisPrefix, a, b };
}

/** Which master has a key, of three with a third of the slots each. */
function homeOf(key: string): number {
  return [0, 1, 2].findLast((index) => slotOf(key) >= Math.floor((SLOTS * index) / 3)) ?? 0;
}

/** A user whose session and set of sessions are on those masters. */
async function userAt(
  node: TestNode,
  prefix: string,
  isMeant: (session: number, set: number) => boolean,
): Promise<Visitor> {
  for (;;) {
    const visitor = await new Visitor(node).register();
    const { body } = await visitor.get<{ principal: { id: string } }>('/session');
    const session = homeOf(`${prefix}sess:{${visitor.handle}}`);
    if (isMeant(session, homeOf(`${prefix}sessions:{user:${body.principal.id}}`))) return visitor;
  }
}

describe('on a Cluster whose slots move', () => {
  let cluster: RedisCluster;
  let prefix: string;
  let a: TestNode;
  let b: TestNode;

  beforeAll(async () => {
    ({ cluster, prefix, a, b } = await start(0));
  });

  it('a socket stays live, and hears of its session’s end', async () => {
    const visitor = await new Visitor(a).register();
    const [one, two] = [await visitor.connect(a), await visitor.connect(b)];
    const { body } = await visitor.get<{ principal: { id: string } }>('/session');

    await moveSlot(cluster, slotOf(`${prefix}sess:{${visitor.handle}}`));
    await moveSlot(cluster, slotOf(`${prefix}sessions:{user:${body.principal.id}}`));

    await eventually(() => isLive(one, two));
    const ended = two.next('session:ended');
    await visitor.logout();
    expect(await ended).toMatchObject({ reason: 'signed-out' });
  });

  it('a user’s cart is found while its slot is on its way', async () => {
    const visitor = await new Visitor(a).register();
    const { body } = await visitor.get<{ principal: { id: string } }>('/session');
    const { slot, source, target } = await beginMove(
      cluster,
      slotOf(`${prefix}cart:{user:${body.principal.id}}`),
    );

    expect((await visitor.get('/cart')).status).toBe(200);

    for (const client of [target, source]) await client.clusterSetSlot(slot, 'STABLE');
  });

  it('has each key where it belongs', async () => {
    await (await new Visitor(a).register()).connect(b);
    const clients = await Promise.all(cluster.masters.map(({ url }) => openRedis(url)));

    const tags = (await Promise.all(clients.map((client) => client.keys(`${prefix}*`)))).flat();

    expect(tags.length).toBeGreaterThan(3);
    // Each script and each command of the library has keys of one tag: those of a session, or of a principal.
    const untagged = tags
      .filter((key) => !key.includes('{'))
      .map((key) => key.slice(prefix.length));
    expect(untagged.filter((key) => !/^(account|shared-session:node)/.test(key))).toEqual([]);
  });
});

describe('an address of one server of a Cluster', () => {
  it('stops the start, which says how to write it', async () => {
    const { cluster } = await start(0);
    const redisUrl = cluster.masters[0]?.url ?? '';

    const starting = startTestNode({ redisUrl, redisPrefix: uniquePrefix() });

    await expect(starting).rejects.toThrow('is one of a Cluster');
    await expect(starting).rejects.toThrow('redis+cluster://');
  });
});

describe('while one master of a Cluster hangs', () => {
  it('the users of the others notice nothing, and its own are refused and closed', async () => {
    const { cluster, prefix, a, b } = await start(0);
    const healthy = await userAt(a, prefix, (session, set) => session !== 0 && set !== 0);
    const stuck = await userAt(a, prefix, (session) => session === 0);
    const [one, two] = [await healthy.connect(a), await healthy.connect(b)];
    const socket = await stuck.connect(b);
    // Its neighbours must not take it for dead: then nobody would have its slots, and no command would work.
    const signal = (name: NodeJS.Signals) => process.kill(cluster.masters[0]?.pid ?? 0, name);
    for (const client of await Promise.all(cluster.masters.map(({ url }) => openRedis(url)))) {
      await client.configSet({
        'cluster-require-full-coverage': 'no',
        'cluster-node-timeout': '600000',
      });
    }
    signal('SIGSTOP');

    const refused = await stuck.get('/user/profile');
    const answer = await eventually(async () => {
      const asked = await socket.ask('cart:get');
      return asked.ok ? undefined : asked;
    });
    expect([refused.status, answer.error.code]).toEqual([503, 'UNAVAILABLE']);
    await eventually(() => socket.unread.includes('session:ended'), CLOSED_WITHIN_MS);
    expect(await isLive(one, two)).toBe(true);
    expect((await healthy.get('/user/profile')).status).toBe(200);
    expect(one.unread).not.toContain('session:ready');

    signal('SIGCONT');
    await eventually(async () => (await stuck.get('/user/profile')).status === 200);
    await eventually(() => stuck.connect(b).catch(() => undefined));
  }, 120_000);
});

describe('when a master of a Cluster dies', () => {
  it('its replica takes over: sockets stay, are live again, and hear of their session’s end', async () => {
    const { cluster, prefix, a, b } = await start(1);
    const visitor = await userAt(a, prefix, (session) => session === 0);
    const [one, two] = [await visitor.connect(a), await visitor.connect(b)];
    await untilCopied(cluster.masters);

    await cluster.masters[0]?.stop('SIGKILL');

    await eventually(() => isLive(one, two));
    const ended = two.next<{ reason: string }>('session:ended');
    await eventually(async () => (await visitor.post('/auth/logout')).status === 204);
    // A signal that is sent before the node listens to the new master is lost, and the session found to be gone.
    expect(['signed-out', 'revoked']).toContain((await ended).reason);
    await eventually(async () => (await fetch(`${a.url}/health/ready`)).status === 200);
  });
});

interface Move {
  readonly slot: number;
  readonly source: RedisClientType;
  readonly target: RedisClientType;
  readonly targetPort: number;
  readonly others: readonly RedisClientType[];
}

/** Moves a slot with its keys to another master. */
async function moveSlot(cluster: RedisCluster, slot: number): Promise<void> {
  const { source, target, targetPort, others } = await beginMove(cluster, slot);
  for (;;) {
    const found = await source.clusterGetKeysInSlot(slot, 100);
    if (found.length === 0) break;
    await source.migrate('127.0.0.1', targetPort, found, 0, 5000);
  }
  const targetId = await target.clusterMyId();
  for (const client of [target, source, ...others])
    await client.clusterSetSlot(slot, 'NODE', targetId);
}

/** From here on the source sends whoever asks for a key that it has not to the target, with the request for it. */
async function beginMove({ masters }: RedisCluster, slot: number): Promise<Move> {
  const clients = await Promise.all(masters.map(({ url }) => openRedis(url)));
  const keys = await Promise.all(clients.map((client) => client.clusterGetKeysInSlot(slot, 1)));
  const from = keys.findIndex(({ length }) => length > 0);
  const to = (from + 1) % masters.length;
  const [source, target] = [clients[from], clients[to]] as [RedisClientType, RedisClientType];
  const [sourceId, targetId] = [await source.clusterMyId(), await target.clusterMyId()];
  await target.clusterSetSlot(slot, 'IMPORTING', sourceId);
  await source.clusterSetSlot(slot, 'MIGRATING', targetId);
  return { slot, source, target, targetPort: masters[to]?.port ?? 0, others: clients };
}
