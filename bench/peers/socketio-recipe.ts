import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import express, { type Request } from 'express';
import { Server } from 'socket.io';
import { client, middleware } from './session.js';

// Socket.IO's how-to for express-session: the session on the engine, reload before each event.
const [publisher, subscriber] = [client.duplicate(), client.duplicate()];
await Promise.all([publisher.connect(), subscriber.connect()]);
const app = express();
app.use(middleware);
app.post('/login', (request, response) => {
  (request.session as { account?: string }).account = request.sessionID;
  response.end();
});
const server = createServer(app);
const io = new Server(server, {
  adapter: createAdapter(publisher, subscriber),
  transports: ['websocket'],
});
io.engine.use(middleware);
io.use((socket, next) => {
  const { account: user } = (socket.request as Request).session as { account?: string };
  next(user === undefined ? new Error('unauthorized') : undefined);
});
io.on('connection', (socket) => {
  const request = socket.request as Request;
  const { account: user = '' } = request.session as { account?: string };
  void socket.join(`user:${user}`);
  socket.emit('session:ready', {});
  socket.on('cart:apply', ({ sku }: { sku: string }, acknowledge: (answer: unknown) => void) => {
    request.session.reload((failure: unknown) => {
      if (failure) return void socket.disconnect();
      void client.hIncrBy(`cart:${user}`, sku, 1).then((quantity) => {
        io.to(`user:${user}`).emit('cart:changed', { sku, quantity });
        acknowledge({ ok: true });
      });
    });
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('peer serves http'));
