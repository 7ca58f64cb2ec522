import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { HttpErrorFilter, openRedisClients, SharedSessionModule } from 'nestjs-shared-session';
import passport from 'passport';
import { AuthModule } from './auth/auth.module';
import { ChatGateway } from './chat/chat.gateway';

@Module({
  imports: [
    SharedSessionModule.forRootAsync({
      useFactory: async () => ({
        redis: await openRedisClients(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'),
        secrets: [process.env.SESSION_SECRET ?? ''],
        user: (session) => session.passport?.user ?? null,
      }),
    }),
    AuthModule,
  ],
  providers: [ChatGateway, { provide: APP_FILTER, useClass: HttpErrorFilter }],
})
export class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer) {
    consumer.apply(passport.session()).forRoutes('{*path}');
  }
}
