import { Module } from '@nestjs/common';
import { SharedSessionModule } from 'nestjs-shared-session';
import { AuthController } from './auth.controller.js';

@Module({
  imports: [
    SharedSessionModule.forRoot({
      redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
      secrets: [process.env.SESSION_SECRET ?? ''],
    }),
  ],
  controllers: [AuthController],
})
export class AppModule {}
