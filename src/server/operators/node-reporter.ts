import { randomBytes } from 'node:crypto';
import { Inject, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server } from 'socket.io';
import {
  onDiagnostics,
  type RedisClients,
  SignalProbe,
  type SocketData,
} from '../../shared-session/index.js';
import { NODE_NAME } from '../app.tokens.js';
import { HealthService } from '../health/health.service.js';
import { REDIS_CLIENTS } from '../redis/redis.module.js';
import { type Connected, countConnected, type NodeReport } from './node-report.js';
import { NodeReportsRepository } from './node-reports.repository.js';

const INTERVAL_MS = 5000;

/** Writes down every 5 s how this node is and who is connected to it, for operators on any node. */
@WebSocketGateway()
export class NodeReporter implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Undefined if nothing listens, as in the operator command: that is no node. */
  @WebSocketServer() private readonly server: Server | undefined;
  readonly #instance: string;
  readonly #startedAt = new Date().toISOString();
  readonly #refused = new Map<string, number>();
  #stopCounting: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(NODE_NAME) private readonly nodeName: string,
    @Inject(REDIS_CLIENTS) private readonly redis: RedisClients,
    private readonly reports: NodeReportsRepository,
    private readonly health: HealthService,
    private readonly probe: SignalProbe,
  ) {
    this.#instance = `${nodeName}.${randomBytes(4).toString('hex')}`;
  }

  onApplicationBootstrap(): void {
    const { server } = this;
    if (!server) return;
    this.#stopCounting = onDiagnostics('limit.hit', ({ node, limit }) => {
      if (node === this.nodeName) this.#refused.set(limit, (this.#refused.get(limit) ?? 0) + 1);
    });
    const report = (): void => {
      // Redis is away: after a while the node counts as gone, until it is back.
      this.#report(server).catch(() => undefined);
    };
    report();
    this.#timer = setInterval(report, INTERVAL_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopCounting();
    if (!this.server || !this.redis.commands.isReady) return;
    // A Redis that hangs fails this, and must not fail the shutdown: the report runs out by itself.
    await this.reports.remove(this.#instance).catch(() => undefined);
  }

  async #report(server: Server): Promise<void> {
    const ready = await this.health.assertReady().then(
      () => true,
      () => false,
    );
    // One that is not let in yet has no data.
    const connected = [...server.sockets.sockets.values()].flatMap(({ data }): Connected[] =>
      (data as Partial<SocketData>).principal ? [data as SocketData] : [],
    );
    await this.reports.write(this.#instance, {
      name: this.nodeName,
      startedAt: this.#startedAt,
      reportedAt: new Date().toISOString(),
      ready,
      signals: this.#signals,
      ...countConnected(connected),
      refused: Object.fromEntries(this.#refused),
      rssMegabytes: Math.round(process.memoryUsage.rss() / 2 ** 20),
    });
  }

  get #signals(): NodeReport['signals'] {
    if (this.probe.isDeaf) return 'deaf';
    return this.probe.isFresh ? 'heard' : 'late';
  }
}
