import { createServer, type Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { DiscoveryService, ExternalContextCreator } from '@nestjs/core';
import { AbstractWsAdapter, type MessageMappingProperties } from '@nestjs/websockets';
import { reportFindings } from '../access/audit-findings.js';
import {
  auditGateways,
  type EventRules,
  type GatewayPlace,
  type GatewayRules,
  placeOf,
  prepareGateways,
} from '../access/gateway-audit.js';
import { enhancersOfGateways } from '../access/global-enhancers.js';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import { PLAIN } from '../socket/event-work.js';
import type { SessionIoAdapter } from '../socket/session-io.adapter.js';
import { formatEvent } from './message.js';
import { MessageDispatcher } from './message-dispatcher.js';
import { SessionWebSocket } from './session-websocket.js';
import { SessionWebSocketServer } from './session-websocket-server.js';
import { partsOf } from './ws-parts.js';

export interface SessionWsAdapterOptions {
  /** The adapter of all gateways on other paths than {@link paths}; left out where every gateway speaks plain WebSocket. */
  readonly beside?: SessionIoAdapter;
  /** The paths of the gateways that speak plain WebSocket, as in `@WebSocketGateway({ path: '/live' })`. */
  readonly paths?: readonly string[];
}

/**
 * Nest's adapter for plain WebSockets, in the messages of its own `WsAdapter`, with the HTTP session on every connection.
 *
 * @example
 * app.useWebSocketAdapter(new SessionWsAdapter(app));
 *
 * @example
 * const beside = new SessionIoAdapter(app);
 * app.useWebSocketAdapter(new SessionWsAdapter(app, { beside, paths: ['/live'] }));
 *
 * @throws SharedSessionConfigError as `SessionIoAdapter` does, and for a gateway with a namespace
 */
export class SessionWsAdapter extends AbstractWsAdapter {
  readonly #app: INestApplication;
  readonly #beside: SessionIoAdapter | undefined;
  readonly #paths: ReadonlySet<string> | undefined;
  readonly #dispatcher: MessageDispatcher;
  readonly #rules: GatewayRules;
  readonly #rulesOn = new WeakMap<SessionWebSocket, ReadonlyMap<string, EventRules>>();
  /** Of gateways with a port of their own. */
  readonly #httpServers = new Map<number, Server>();
  /** Undefined once it was done. */
  #audit: (() => void) | undefined;

  constructor(app: INestApplication, { beside, paths }: SessionWsAdapterOptions = {}) {
    super(app);
    this.#app = app;
    this.#beside = beside;
    this.#paths = beside && new Set(paths?.map(wholePath));
    this.#dispatcher = new MessageDispatcher(app);
    const discovery = app.get(DiscoveryService, { strict: false });
    const contexts = app.get(ExternalContextCreator, { strict: false });
    const { auditGateways: mode } = partsOf(app).options;
    this.#rules = prepareGateways(discovery);
    // The other one looks at all gateways.
    if (beside) return;
    this.#audit = () => {
      reportFindings(auditGateways(discovery, enhancersOfGateways(contexts)), mode);
    };
  }

  /** Nest calls it once for each path of each port. */
  override create(port: number, options: GatewayPlace = {}): unknown {
    this.#audit?.();
    this.#audit = undefined;
    const path = wholePath(options.path);
    if (this.#paths && !this.#paths.has(path)) {
      return this.#beside?.create(port, options);
    }
    if (options.namespace !== undefined) throw noNamespaces(path);
    const httpServer = this.#httpServerOf(port);
    const server = new SessionWebSocketServer(this.#app, { path, httpServer, format: formatEvent });
    const rules = this.#rules.get(placeOf(port, options));
    if (rules) server.on('connection', (client) => this.#rulesOn.set(client, rules));
    return server;
  }

  override bindMessageHandlers(
    client: Parameters<SessionIoAdapter['bindMessageHandlers']>[0] | SessionWebSocket,
    handlers: MessageMappingProperties[],
  ): void {
    if (!(client instanceof SessionWebSocket)) {
      this.#beside?.bindMessageHandlers(client, handlers);
      return;
    }
    const known = this.#rulesOn.get(client);
    for (const { message, callback } of handlers) {
      const event = String(message);
      const rules = known?.get(event) ?? PLAIN;
      this.#dispatcher.bind(client, event, { run: callback, rules });
    }
  }

  override bindClientDisconnect(
    client: SessionWebSocket | Parameters<SessionIoAdapter['bindClientDisconnect']>[0],
    callback: (reason?: unknown) => void,
  ): void {
    if (client instanceof SessionWebSocket) client.once('close', callback);
    else this.#beside?.bindClientDisconnect(client, callback);
  }

  override async close(server: unknown): Promise<void> {
    if (!(server instanceof SessionWebSocketServer)) {
      await this.#beside?.close(server as Parameters<SessionIoAdapter['close']>[0]);
      return;
    }
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  }

  override async dispose(): Promise<void> {
    const closed = [...this.#httpServers.values()].map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        }),
    );
    await Promise.all([...closed, this.#beside?.dispose()]);
  }

  #httpServerOf(port: number): Server {
    if (port === 0) return this.#app.getHttpServer() as Server;
    const known = this.#httpServers.get(port);
    if (known) return known;
    const server = createServer((_, response) => response.writeHead(426).end()).listen(port);
    this.#httpServers.set(port, server);
    return server;
  }
}

/** As Nest's own adapter has it: with a slash in front and none behind. */
function wholePath(path = ''): string {
  return `/${path.replace(/^\/+|\/+$/g, '')}`;
}

function noNamespaces(path: string): SharedSessionConfigError {
  return new SharedSessionConfigError(
    `The gateway on ${path} has a namespace, which plain WebSockets do not have.`,
    ['Give it a path of its own.', 'Leave it to Socket.IO: `beside`.'],
  );
}
