import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Registry } from 'prom-client';
import { serveMetrics, SharedSessionMetrics } from '../../metrics/index.js';

export interface MetricsSettings {
  readonly port: number;
  readonly host: string;
  /** Name of this node. */
  readonly node: string;
}

/** The metrics of this node at `/metrics`, on a port that its visitors do not reach. */
export class MetricsEndpoint implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger('Metrics');
  readonly #settings: MetricsSettings;
  readonly #registry = new Registry();
  readonly #metrics: SharedSessionMetrics;
  #server: Server | undefined;

  constructor(settings: MetricsSettings) {
    this.#settings = settings;
    this.#metrics = SharedSessionMetrics.start({ registry: this.#registry, node: settings.node });
  }

  /** Where it listens; a start with port 0 leaves that open. */
  get port(): number | undefined {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port;
  }

  /** The start fails where the port is taken. */
  async onModuleInit(): Promise<void> {
    const { port, host } = this.#settings;
    this.#server = await serveMetrics({ port, host, registry: this.#registry });
    this.#logger.log(`Serves /metrics on port ${String(this.port)}`);
  }

  /** To the last: how a node drains is worth a look. */
  onApplicationShutdown(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#metrics.stop();
  }
}
