import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RedisStore } from 'connect-redis';
import express, { type Request } from 'express';
import session from 'express-session';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createClient } from 'redis';
import { Server, type Socket } from 'socket.io';
import { stopAfterwards } from '../support/cleanup.js';
import { Gate } from '../support/gate.js';
import type { IdentityProvider } from '../support/identity-provider.js';
import { TEST_SECRET } from '../support/test-node.js';
import type { Contender, Surroundings } from './contender.js';

interface Data {
  user?: { id: string };
  guest?: true;
  count?: number;
  theme?: string;
}

const dataOf = (request: Request) => request.session as unknown as Data;

/** What the recipe consists of. */
export interface RecipeServer {
  readonly app: express.Express;
  readonly io: Server;
  readonly store: RedisStore;
}

/**
 * The usual recipe, as Socket.IO's how-to for express-session tells it: the middleware on the engine,
 * `reload` before and `save` after every change in an event, `disconnectSockets` at logout, and
 * connection state recovery from the tutorial. One node, as there; with several it gets worse.
 *
 * @param extend adds more of the caller's own before the server listens
 */
export async function startRecipe(
  { redisUrl, provider, ...settings }: Surroundings,
  extend: (server: RecipeServer) => void = () => undefined,
): Promise<Contender> {
  const client = await createClient({ url: redisUrl }).connect();
  const store = new RedisStore({ client, prefix: `${settings.prefix}sess:` });
  const middleware = session({
    name: 'sid',
    secret: TEST_SECRET,
    resave: false,
    saveUninitialized: true,
    store,
    cookie: { maxAge: settings.idleSeconds * 1000 },
  });
  const app = express();
  const http = createServer(app);
  const io = new Server(http, { connectionStateRecovery: {} });
  app.use(middleware);
  io.engine.use(middleware);
  io.on('connection', onConnection);
  let gate = new Gate();
  gate.open();
  addRoutes(app, io, () => gate);
  addProvider(app, store, provider);
  extend({ app, io, store });

  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  stopAfterwards(async () => {
    await io.close();
    client.destroy();
  });
  const node = { url: `http://127.0.0.1:${String((http.address() as AddressInfo).port)}` };
  return {
    nodes: [node, node],
    providerNodes: [node, node],
    provider,
    socketsLeft: () => io.sockets.sockets.size,
    close: () => (gate = new Gate()),
  };
}

function onConnection(socket: Socket): void {
  const request = socket.request as Request;
  void socket.join(request.session.id);
  // Recovery starts with the first event that the client got.
  socket.emit('welcome');
  socket.on('count', (by: number, acknowledge?: (answer: unknown) => void) => {
    request.session.reload((failure: unknown) => {
      if (failure) {
        socket.disconnect();
        return;
      }
      const data = dataOf(request);
      data.count = (data.count ?? 0) + by;
      request.session.save(() => acknowledge?.({ ok: true, data: data.count }));
    });
  });
}

function addRoutes(app: express.Express, io: Server, gate: () => Gate): void {
  app.get('/me', (request, response) => {
    const { user, count } = dataOf(request);
    response.json({ ...(user && { user }), ...(count && { count }) });
  });
  app.get('/session', (request, response) => {
    dataOf(request).guest = true;
    response.json({});
  });
  app.post('/login', (request, response) => {
    request.session.regenerate(() => {
      dataOf(request).user = { id: 'ada' };
      response.end();
    });
  });
  app.post('/slow', (request, response) => {
    void gate()
      .pass()
      .then(() => {
        dataOf(request).theme = 'dark';
        response.end();
      });
  });
  app.get('/ticks', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write('data: tick\n\n'), 50);
    response.on('close', () => {
      clearInterval(timer);
    });
  });
  app.post('/logout', (request, response) => {
    const { id } = request.session;
    request.session.destroy(() => {
      io.to(id).disconnectSockets();
      response.status(204).end();
    });
  });
}

/** Back-channel logout as middleware for Express has it: the session is gone for the next request. */
function addProvider(app: express.Express, store: RedisStore, provider: IdentityProvider): void {
  const { issuer, clientId: audience } = provider;
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const sessions = new Map<unknown, string>();
  app.post('/via', express.json(), (request, response) => {
    const { sub } = request.body as { sub: string };
    request.session.regenerate(() => {
      dataOf(request).user = { id: sub };
      sessions.set(sub, request.sessionID);
      response.end();
    });
  });
  app.post('/backchannel-logout', express.urlencoded(), async (request, response) => {
    const { logout_token: token } = request.body as { logout_token: string };
    const { payload } = await jwtVerify(token, keys, { issuer, audience });
    await store.destroy(sessions.get(payload.sub) ?? '');
    response.end();
  });
}
