import 'reflect-metadata';
import { lookup } from 'node:dns/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Body, Controller, Get, Module, Post, Req } from '@nestjs/common';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Request } from 'express';
import type { Server } from 'socket.io';
import { Anybody } from '../../../src/shared-session/index.js';
import { SessionLinks } from '../../../src/shared-session/links/session-links.js';
import { AppModule } from '../../../src/server/app.module.js';
import { readEnvironment } from '../../../src/server/config/environment.js';
import { startServer } from '../../../src/server/start-server.js';

/** What a node holds for its clients. */
export interface Inside {
  readonly connections: number;
  readonly sockets: number;
  readonly namespaces: number;
  readonly links: number;
  readonly rooms: number;
  /** Heap that is still used after a collection, in MB. */
  readonly heapMb: number;
}

// The reference server, and in it what tells how much it holds.

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const environment = readEnvironment(process.env);

@WebSocketGateway()
class InsideGateway {
  @WebSocketServer() server!: Server;
}

@Controller('hostile')
@Anybody()
class InsideController {
  @Get('inside')
  inside(): Inside {
    const { server } = app.get(InsideGateway);
    const main = server.of('/');
    collectGarbage();
    return {
      connections: server.engine.clientsCount,
      sockets: main.sockets.size,
      namespaces: server._nsps.size,
      links: app.get(SessionLinks, { strict: false }).all().length,
      rooms: main.adapter.rooms.size,
      heapMb: process.memoryUsage().heapUsed / 2 ** 20,
    };
  }

  /** How long a look-up of a name takes, in ms: it waits for the same threads as files and hashes of passwords. */
  @Get('lookup')
  async lookUp(): Promise<{ tookMs: number }> {
    const start = performance.now();
    await lookup('localhost');
    return { tookMs: performance.now() - start };
  }

  /** Changes the session by express-session alone. */
  @Post('note')
  note(@Req() request: Request, @Body() { note }: { note: number }): void {
    Object.assign(request.session, { note });
  }
}

@Module({
  imports: [AppModule.forRoot(environment)],
  controllers: [InsideController],
  providers: [InsideGateway],
})
class HostileModule {}

const app = await startServer(HostileModule, environment);
