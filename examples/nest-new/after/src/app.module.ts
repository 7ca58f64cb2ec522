import { Module } from '@nestjs/common';
import { passportUser, SharedSessionModule } from 'nestjs-shared-session';
import passport from 'passport';
import { AppController } from './app.controller';
import { AppService } from './app.service';
import { AuthModule } from './auth/auth.module';
import { ChatGateway } from './chat/chat.gateway';

const sharedSession = SharedSessionModule.forRoot({
  redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  secrets: [process.env.SESSION_SECRET ?? ''],
  ...passportUser(passport),
});

@Module({
  imports: [sharedSession, AuthModule],
  controllers: [AppController],
  providers: [AppService, ChatGateway],
})
export class AppModule {}
