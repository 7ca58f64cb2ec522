import 'reflect-metadata';
import { Controller, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { createAdapter } from '@socket.io/redis-adapter';
import type { Request } from 'express';
import type { Server, ServerOptions, Socket } from 'socket.io';
import { client, middleware } from './session.js';

// The Nest documentation's RedisIoAdapter, with the same session handling as Socket.IO's how-to.
const [publisher, subscriber] = [client.duplicate(), client.duplicate()];
await Promise.all([publisher.connect(), subscriber.connect()]);

class RedisIoAdapter extends IoAdapter {
  override createIOServer(port: number, options?: ServerOptions): Server {
    const server = super.createIOServer(port, {
      ...options,
      transports: ['websocket'],
    } as ServerOptions);
    server.adapter(createAdapter(publisher, subscriber));
    server.engine.use(middleware);
    server.use((socket, next) => {
      next(userOf(socket) === undefined ? new Error('unauthorized') : undefined);
    });
    return server;
  }
}

function userOf(socket: Socket): string | undefined {
  return ((socket.request as Request).session as { account?: string }).account;
}

@Controller()
class LoginController {
  @Post('login')
  login(@Req() request: Request): void {
    (request.session as { account?: string }).account = request.sessionID;
  }
}

@WebSocketGateway()
class CartGateway implements OnGatewayConnection {
  @WebSocketServer() private readonly server!: Server;

  handleConnection(socket: Socket): void {
    void socket.join(`user:${String(userOf(socket))}`);
    socket.emit('session:ready', {});
  }

  @SubscribeMessage('cart:apply')
  async apply(
    @ConnectedSocket() socket: Socket,
    @MessageBody() { sku }: { sku: string },
  ): Promise<{ ok: boolean }> {
    const request = socket.request as Request;
    await new Promise((resolve, reject) => {
      request.session.reload((failure: Error | undefined) =>
        failure ? reject(failure) : resolve(null),
      );
    });
    const user = String(userOf(socket));
    const quantity = await client.hIncrBy(`cart:${user}`, sku, 1);
    this.server.to(`user:${user}`).emit('cart:changed', { sku, quantity });
    return { ok: true };
  }
}

@Module({ controllers: [LoginController], providers: [CartGateway] })
class BenchModule {}

const app = await NestFactory.create(BenchModule, { logger: false });
app.use(middleware);
app.useWebSocketAdapter(new RedisIoAdapter(app));
await app.listen(Number(process.env['PORT']), '127.0.0.1');
console.log('peer serves http');
