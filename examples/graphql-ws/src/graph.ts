import { setTimeout } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { Session } from 'nestjs-shared-session';
import { countAsActivity, sessionOfSocket, SessionWebSocketServer } from 'nestjs-shared-session/ws';
import type { User } from './user.js';

interface Context {
  readonly session: Session | null;
}

const schema = buildSchema(`
  type Query { me: String }
  type Subscription { clock: String }
`);

const query = {
  me: (_: unknown, { session }: Context) => (session?.user as User | null | undefined)?.name,
};

const subscription = {
  async *clock() {
    for (;;) {
      yield { clock: new Date().toISOString() };
      await setTimeout(1000);
    }
  },
};

/** Serves GraphQL on `/graphql`, to whoever has a session, for as long as it lives. */
export function serveGraph(app: INestApplication): void {
  const server = new SessionWebSocketServer(app, { path: '/graphql' });
  useServer(
    {
      schema,
      roots: { query, subscription },
      // Made for each operation: the session as it is then.
      context: ({ extra }): Context => {
        countAsActivity(app, extra.socket);
        return { session: sessionOfSocket(extra.socket) };
      },
    },
    server,
  );
}
