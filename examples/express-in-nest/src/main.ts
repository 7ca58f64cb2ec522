import { NestFactory } from '@nestjs/core';
import flash from 'connect-flash';
import express from 'express';
import passport from 'passport';
import { SessionIoAdapter } from 'nestjs-shared-session';
import { AppModule } from './app.module.js';
import { protectFromForgery } from './shop/forgery.js';
import { headers, headersOfErrors } from './shop/headers.js';
import { shop } from './shop/shop.router.js';

// Was `express()` with `app.use(session({ store, … }))`, `io.engine.use(session)` and `server.listen()`.
const app = await NestFactory.create(AppModule);
app.use(headers, headersOfErrors);
app.use(express.urlencoded({ extended: false }));
app.use(passport.initialize(), passport.session(), flash(), protectFromForgery);
app.use(shop);
app.useWebSocketAdapter(new SessionIoAdapter(app));
await app.listen(process.env.PORT ?? 3000);
