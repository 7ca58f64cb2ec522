import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { HttpErrorFilter, passportUser, SharedSessionModule } from 'nestjs-shared-session';
import passport from 'passport';
import { AccountController } from './account.controller.js';
import { ChatGateway } from './chat.gateway.js';

@Module({
  imports: [
    SharedSessionModule.forRoot({
      redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
      secrets: [process.env.SESSION_SECRET ?? ''],
      ...passportUser(passport),
    }),
  ],
  controllers: [AccountController],
  providers: [ChatGateway, { provide: APP_FILTER, useClass: HttpErrorFilter }],
})
export class AppModule {}
