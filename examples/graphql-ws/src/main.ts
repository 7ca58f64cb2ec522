import { NestFactory } from '@nestjs/core';
import { SessionIoAdapter } from 'nestjs-shared-session';
import { AppModule } from './app.module.js';
import { serveGraph } from './graph.js';

const app = await NestFactory.create(AppModule);
// For gateways, which this application has beside it.
app.useWebSocketAdapter(new SessionIoAdapter(app));
serveGraph(app);
await app.listen(process.env.PORT ?? 3000);
