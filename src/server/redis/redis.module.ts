import { fileURLToPath } from 'node:url';
import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { startEmbeddedValkey, type EmbeddedValkey } from '../../redis-server/embedded-valkey.js';
import {
  closeRedisClients,
  openRedisClients,
  type RedisAddress,
  type RedisClients,
} from '../../shared-session/index.js';

/** Injects {@link RedisClients}. */
export const REDIS_CLIENTS = Symbol('Redis clients');
const REDIS_SERVER = Symbol('Redis server');

interface RedisServer {
  readonly url: RedisAddress;
  readonly embedded?: EmbeddedValkey;
}

/** Opens this node's Redis clients, and embedded Valkey if there is no Redis; closes what it opened. */
@Module({})
export class RedisModule implements OnApplicationShutdown {
  static forRoot({ url }: { url: RedisAddress | undefined }): DynamicModule {
    return {
      module: RedisModule,
      global: true,
      providers: [
        { provide: REDIS_SERVER, useFactory: () => serverAt(url) },
        {
          provide: REDIS_CLIENTS,
          inject: [REDIS_SERVER],
          useFactory: (server: RedisServer) => openRedisClients(server.url),
        },
      ],
      exports: [REDIS_CLIENTS],
    };
  }

  readonly #clients: RedisClients;
  readonly #server: RedisServer;

  constructor(
    @Inject(REDIS_CLIENTS) clients: RedisClients,
    @Inject(REDIS_SERVER) server: RedisServer,
  ) {
    this.#clients = clients;
    this.#server = server;
  }

  /** Runs after Nest has closed the Socket.IO server, whose adapter still needs the clients. */
  async onApplicationShutdown(): Promise<void> {
    await closeRedisClients(this.#clients);
    await this.#server.embedded?.stop();
  }
}

async function serverAt(url: RedisAddress | undefined): Promise<RedisServer> {
  if (url !== undefined) return { url };
  // Wherever the process was started.
  const embedded = await startEmbeddedValkey(fileURLToPath(new URL('.', import.meta.url)));
  new Logger('Redis').warn(
    'REDIS_URL is not set: using embedded Valkey; its data is gone when this process ends',
  );
  return { url: embedded.url, embedded };
}
