import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  AnySession,
  closeRedisClients,
  CodedError,
  openRedisClients,
  SessionController,
  SessionIoAdapter,
  SharedSessionModule,
} from '../../src/shared-session/index.js';
import { stopAfterwards } from './cleanup.js';
import { TEST_SECRET, type TestNode, uniquePrefix } from './test-node.js';

@WebSocketGateway()
@AnySession()
class EventGateway {
  @SubscribeMessage('hello')
  hello(): string {
    return 'hello';
  }

  @SubscribeMessage('bigint')
  bigint(): unknown {
    return { id: 1n };
  }

  @SubscribeMessage('cycle')
  cycle(): unknown {
    const result: Record<string, unknown> = {};
    result['self'] = result;
    return result;
  }

  @SubscribeMessage('unsendable details')
  unsendableDetails(): never {
    throw new CodedError('NOT_FOUND', 'Nothing is here.', { details: { id: 1n } });
  }
}

/** An application whose gateways do what the reference server's do not. */
export async function startEventApp(redisUrl: string): Promise<TestNode> {
  const redis = await openRedisClients(redisUrl);

  @Module({
    imports: [
      SharedSessionModule.forRoot({ redis, secrets: [TEST_SECRET], prefix: uniquePrefix() }),
    ],
    controllers: [SessionController],
    providers: [EventGateway],
  })
  class EventModule {}

  const app = await NestFactory.create<NestExpressApplication>(EventModule, { logger: false });
  app.useWebSocketAdapter(new SessionIoAdapter(app));
  await app.listen(0, '127.0.0.1');
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= app.close().then(() => closeRedisClients(redis)));
  stopAfterwards(stop);
  return { name: '', url: await app.getUrl(), isPlain: true, app, stop };
}
