import { Module } from '@nestjs/common';
import { openRedisClients, SharedSessionModule } from 'nestjs-shared-session';
import { AuthController } from './auth.controller.js';
import { ChatGateway } from './chat.gateway.js';

@Module({
  imports: [
    SharedSessionModule.forRoot({
      redis: await openRedisClients(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'),
      secrets: [process.env.SESSION_SECRET ?? ''],
    }),
  ],
  controllers: [AuthController],
  providers: [ChatGateway],
})
export class AppModule {}
