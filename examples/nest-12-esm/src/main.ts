import { NestFactory } from '@nestjs/core';
import { SessionIoAdapter } from 'nestjs-shared-session';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(new SessionIoAdapter(app));
await app.listen(process.env.PORT ?? 3000);
