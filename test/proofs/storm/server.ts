import { AppModule } from '../../../src/server/app.module.js';
import { readEnvironment } from '../../../src/server/config/environment.js';
import { startServer } from '../../../src/server/start-server.js';
import type { RedisAddress } from '../../../src/shared-session/index.js';

// The reference server. Its Redis is behind proxies, whose addresses no single text can say.
const environment = {
  ...readEnvironment(process.env),
  redisUrl: JSON.parse(process.env['STORM_REDIS'] ?? '') as RedisAddress,
};
await startServer(AppModule.forRoot(environment), environment);
