import { createServer } from 'node:http';
import express, { type Request, type Response } from 'express';
import { type WebSocket, WebSocketServer } from 'ws';
import { client, middleware } from './session.js';

// The floor: raw WebSockets, the session read once at the upgrade, one HINCRBY and one PUBLISH an update.
const subscriber = await client.duplicate().connect();
const app = express();
app.use(middleware);
app.post('/login', (request, response) => {
  (request.session as { account?: string }).account = request.sessionID;
  response.end();
});
const server = createServer(app);
const sockets = new Map<string, Set<WebSocket>>();
const wss = new WebSocketServer({ noServer: true });

server.on('upgrade', (request, socket, head) => {
  middleware(request as Request, {} as Response, () => {
    const { account: user } = (request as Request).session as { account?: string };
    if (user === undefined) socket.destroy();
    else wss.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, user));
  });
});
await subscriber.subscribe('changes', (message) => {
  const { user } = JSON.parse(message) as { user: string };
  for (const socket of sockets.get(user) ?? []) socket.send(message);
});

function serve(socket: WebSocket, user: string): void {
  const own = sockets.get(user) ?? new Set();
  sockets.set(user, own.add(socket));
  socket.on('close', () => own.delete(socket));
  socket.on('message', (data: Buffer) => void update(socket, user, data));
  socket.send('ready');
}

async function update(socket: WebSocket, user: string, data: Buffer): Promise<void> {
  const { id, sku } = JSON.parse(data.toString()) as { id: number; sku: string };
  const quantity = await client.hIncrBy(`cart:${user}`, sku, 1);
  await client.publish('changes', JSON.stringify({ user, id, sku, quantity }));
  socket.send(JSON.stringify({ answer: id }));
}

server.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('peer serves http'));
