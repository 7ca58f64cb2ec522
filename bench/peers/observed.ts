import 'reflect-metadata';
import { AppModule } from '../../src/server/app.module.js';
import { type Environment, readEnvironment } from '../../src/server/config/environment.js';
import { startServer } from '../../src/server/start-server.js';
import type { LimitOptions } from '../../src/shared-session/index.js';
import { SharedSessionTracing } from '../../src/tracing/index.js';

const MANY = 1_000_000;

/** Out of reach, though what a node leases is as little as by default: everything is counted, and nothing is refused. */
const OUT_OF_REACH: LimitOptions = {
  events: { perSecond: MANY, burst: 60 },
  socketsOfPrincipal: MANY,
  socketsOfAddress: MANY,
  handshakes: { perSecond: MANY, burst: MANY },
  guests: { limit: MANY, seconds: 60 },
};

// The server of `ours`, with those parts switched on that its arguments name: limits, metrics, tracing.
const parts = new Set(process.argv.slice(2));
const environment: Environment = {
  ...readEnvironment(process.env),
  rateLimits: parts.has('limits') && OUT_OF_REACH,
  metricsPort: parts.has('metrics') ? 0 : undefined,
};
// Without an SDK, as where the application's traces are not wanted.
if (parts.has('tracing')) SharedSessionTracing.start();
await startServer(AppModule.forRoot(environment), environment);
