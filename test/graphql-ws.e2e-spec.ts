import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Module } from '@nestjs/common';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { SessionLinks, Sessions } from '../src/shared-session/index.js';
import { SessionSignals } from '../src/shared-session/signals/session-signals.js';
import {
  countAsActivity,
  sessionOfSocket,
  SessionWebSocketServer,
} from '../src/shared-session/ws/index.js';
import { eventually } from '../src/testing/eventually.js';
import { startNodes, type TestNode, Visitor } from '../src/testing/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { GraphqlClient } from './support/graphql-client.js';
import { startRedis } from './support/redis-under-test.js';
import { sharedSession } from './support/shared-session.js';

const schema = buildSchema(`
  type Query { me: String }
  type Subscription { ticks: Int }
`);

/** Who asked. */
const asked: string[] = [];

function me(_: unknown, { id }: { id: string }): string {
  asked.push(id);
  return id;
}

async function* ticks() {
  for (let count = 1; ; count += 1) {
    yield { ticks: count };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Takes all that comes. */
async function drain(results: AsyncIterator<unknown>): Promise<void> {
  while (!(await results.next()).done);
}

describe('a server of graphql-ws', () => {
  let node: TestNode;

  beforeAll(async () => {
    const redisUrl = await startRedis();
    const started = await startNodes(
      (redis) => {
        @Module({ imports: [sharedSession(redis)] })
        class GraphModule {}
        return GraphModule;
      },
      1,
      {
        redisUrl,
        configure: (app) => {
          const server = new SessionWebSocketServer(app, { path: '/graphql' });
          useServer(
            {
              schema,
              roots: {
                query: { me },
                subscription: { ticks },
              },
              context: ({ extra }) => {
                countAsActivity(app, extra.socket);
                return { id: sessionOfSocket(extra.socket)?.principal.id };
              },
            },
            server,
          );
        },
      },
    );
    stopAfterwards(started.stop);
    [node] = started.nodes;
  });

  const open = (cookie: string) => {
    const graph = new GraphqlClient(node.url, cookie);
    stopAfterwards(() => graph.client.dispose());
    return graph;
  };

  it('knows the session of whoever asks, and ends a subscription with it', async () => {
    const visitor = await new Visitor(node).loginAs({ id: 'ada' });
    const graph = open(visitor.cookie);
    expect(await graph.ask('{ me }')).toEqual({ data: { me: 'ada' } });
    const subscription = graph.client.iterate({ query: 'subscription { ticks }' });
    expect((await subscription.next()).value).toEqual({ data: { ticks: 1 } });

    await node.app.get(Sessions, { strict: false }).end(visitor.handle);

    expect(await graph.closed).toMatchObject({ code: 4401, reason: 'revoked' });
    await expect(drain(subscription)).rejects.toMatchObject({ code: 4401 });
  });

  it('is asked nothing while its node does not hear of the session', async () => {
    const visitor = await new Visitor(node).loginAs({ id: 'bob' });
    const graph = open(visitor.cookie);
    await graph.ask('{ me }');
    const signals = node.app.get(SessionSignals, { strict: false });
    const spy = jest.spyOn(signals, 'isDeafTo').mockReturnValue(true);

    await graph.ask('{ me }').catch(() => undefined);

    spy.mockRestore();
    expect(await graph.closed).toMatchObject({ code: 1012, reason: 'draining' });
    expect(asked.filter((id) => id === 'bob')).toHaveLength(1);
  });

  it('lets nobody in without a session', async () => {
    const { closed } = open('');

    expect(await closed).toMatchObject({ code: 4401, reason: 'UNAUTHENTICATED' });
  });

  it('says what counts as activity', async () => {
    const visitor = await new Visitor(node).loginAs({ id: 'ada' });
    const graph = open(visitor.cookie);
    const links = node.app.get(SessionLinks, { strict: false });
    await eventually(() => links.get(visitor.handle)?.session);
    const before = links.get(visitor.handle)?.session?.idleExpiresAt ?? Infinity;

    await graph.ask('{ me }');

    expect(links.get(visitor.handle)?.session?.idleExpiresAt).toBeGreaterThan(before);
  });
});
