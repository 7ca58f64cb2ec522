import { NestFactory } from '@nestjs/core';
import { SessionIoAdapter } from 'nestjs-shared-session';
import passport from 'passport';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  app.use(passport.initialize());
  app.use(passport.session());
  app.useWebSocketAdapter(new SessionIoAdapter(app));
  await app.listen(process.env.PORT ?? 3000);
}
void bootstrap();
