import express, { type Request } from 'express';
import type { SessionData } from 'express-session';
import type { Socket } from 'socket.io';
import { sessionHandle } from '../../src/testing/node-parts.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { type RecipeServer, startRecipe } from '../torture/recipe.js';
import {
  IDLE_SECONDS,
  type OpenSocket,
  type Place,
  type RoomUser,
  type ServedNode,
} from './served-node.js';

type Data = Omit<SessionData, 'user'> & { id: string; user?: RoomUser };

const sessionOf = (request: unknown) => (request as Request).session as unknown as Data;

/** The recipe's server of `npm run torture`, with routes for two users and their roles. */
export async function serveRecipe({ redisUrl, prefix }: Place): Promise<ServedNode> {
  const provider = await IdentityProvider.start();
  const settings = { redisUrl, prefix, idleSeconds: IDLE_SECONDS, provider };
  let sockets: () => Socket[] = () => [];
  const { nodes } = await startRecipe(settings, (server) => {
    sockets = () => [...server.io.sockets.sockets.values()];
    addRoutes(server);
  });
  return {
    url: nodes[0].url,
    sockets: () => sockets().map(described),
    say() {
      for (const socket of sockets()) if (sessionOf(socket.request).user) socket.emit('news');
    },
  };
}

/** What the server knows of a socket: the session as the handshake, or the last event, has read it. */
function described(socket: Socket): OpenSocket {
  const { id, user } = sessionOf(socket.request);
  return {
    id: socket.id,
    handle: sessionHandle(id),
    user: user?.id ?? null,
    role: user?.roles[0] ?? null,
  };
}

function addRoutes({ app, io, store }: RecipeServer): void {
  const sessionsOf = async (userId: string): Promise<Data[]> =>
    ((await store.all()) as Data[]).filter(({ user }) => user?.id === userId);
  app.post('/sign-in', express.json(), (request, response) => {
    request.session.regenerate(() => {
      sessionOf(request).user = request.body as RoomUser;
      response.end();
    });
  });
  app.post('/role', express.json(), async (request, response) => {
    const { id, roles } = request.body as RoomUser;
    for (const data of await sessionsOf(id)) {
      await store.set(data.id, { ...data, user: { id, roles } } as unknown as SessionData);
    }
    response.end();
  });
  app.post('/logout-everywhere', async (request, response) => {
    const { user } = sessionOf(request);
    for (const { id } of await sessionsOf(user?.id ?? '')) {
      await store.destroy(id);
      io.to(id).disconnectSockets();
    }
    // As the route of one logout does: or express-session saves the session again at the end of the request.
    request.session.destroy(() => response.status(204).end());
  });
}
