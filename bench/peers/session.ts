import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { createClient } from 'redis';

/** What every peer has: a client, and the usual express-session kept in Redis. */
export const client = await createClient({ url: process.env['REDIS_URL'] ?? '' }).connect();

export const middleware = session({
  name: 'sid',
  secret: 'a secret of the benchmark',
  resave: false,
  saveUninitialized: false,
  store: new RedisStore({ client }),
});
