import { startRedisServer } from '../../src/redis-server/redis-server.js';
import { stopAfterwards } from '../support/cleanup.js';
import { NodeProcess } from '../support/node-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { operation, Visitor } from '../support/visitor.js';

const USERS = 64;
const UPDATES_OF_EACH = 20;
/** One in so many ends the session. */
const LEAVING = 4;

/** What a node heard from Redis by its subscriber, on average and at most. */
export interface Heard {
  readonly nodes: number;
  readonly signals: readonly [mean: number, most: number];
  readonly bytes: readonly [mean: number, most: number];
}

/** One node, and the way by which it hears. */
interface Ear {
  readonly node: NodeProcess;
  readonly proxy: TcpProxy;
}

/** The same users, updates and ends on so many nodes. Every second user has a second tab, on another node if there is one. */
export async function heardOn(nodes: number): Promise<Heard> {
  const server = await startRedisServer(false);
  stopAfterwards(() => server.destroy());
  const ears: Ear[] = [];
  while (ears.length < nodes) {
    const proxy = await TcpProxy.to(server.url);
    const name = `ear-${String(nodes)}-${String(ears.length)}`;
    ears.push({ node: await NodeProcess.start(name, { REDIS_URL: proxy.url }), proxy });
  }
  const users = [];
  for (let user = 0; user < USERS; user += 1) {
    const visitor = await new Visitor(nodeAt(ears, user)).arrive();
    const socket = await visitor.connect();
    if (user % 2 === 0) await visitor.connect(nodeAt(ears, user + 1));
    users.push({ visitor, socket });
  }
  for (const { proxy } of ears) Object.assign(proxy, { subscriberBytes: 0, subscriberMessages: 0 });

  for (let update = 1; update <= UPDATES_OF_EACH; update += 1) {
    for (const { socket } of users)
      await socket.get('cart:apply', operation('set', 'scale', update));
  }
  for (const { visitor } of users.filter((_, index) => index % LEAVING === 0))
    await visitor.logout();

  const signals = summary(ears.map(({ proxy }) => proxy.subscriberMessages));
  const bytes = summary(ears.map(({ proxy }) => proxy.subscriberBytes));
  for (const { socket } of users) socket.close();
  await Promise.all(ears.map(({ node }) => node.stop()));
  await server.destroy();
  return { nodes, signals, bytes };
}

function nodeAt(ears: readonly Ear[], turn: number): NodeProcess {
  const ear = ears[turn % ears.length];
  if (!ear) throw new Error('There is no node.');
  return ear.node;
}

function summary(values: readonly number[]): [mean: number, most: number] {
  const sum = values.reduce((one, other) => one + other, 0);
  return [Math.round(sum / values.length), Math.max(...values)];
}
