import type { INestApplication } from '@nestjs/common';
import { DiscoveryService, ExternalContextCreator } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { MessageMappingProperties } from '@nestjs/websockets';
import type { Namespace, Server, ServerOptions, Socket } from 'socket.io';
import { type Finding, reportFindings } from '../access/audit-findings.js';
import {
  auditGateways,
  type EventRules,
  type GatewayPlace,
  type GatewayRules,
  placeOf,
  prepareGateways,
} from '../access/gateway-audit.js';
import { ClientAddresses, type TrustsProxy } from '../access/client-addresses.js';
import { enhancersOfGateways } from '../access/global-enhancers.js';
import { ClientNetworks } from '../limits/client-networks.js';
import { HandshakeLimits } from '../limits/handshake-limits.js';
import { closeInTime } from '../links/close-in-time.js';
import { SessionLinks } from '../links/session-links.js';
import { Sessions } from '../sessions.service.js';
import { REDIS_ADAPTER, RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { requireAllowedOrigin } from './allowed-origin.js';
import { BoundedWebSocketServer, MAX_MESSAGE_BYTES } from './engine/bounded-websocket.js';
import type { AdapterFactory } from './engine/redis-adapter.js';
import { limitSendBuffer } from './engine/send-buffer.js';
import { releaseUpgradeRequest, rememberUpgradeResponse } from './engine/upgrade-request.js';
import { coalesceWrites } from './engine/write-coalescing.js';
import { EventDispatcher } from './event-dispatcher.js';
import { PLAIN } from './event-work.js';
import { Handshake } from './handshake.js';
import { LinkDiagnostics } from './link-diagnostics.js';
import { limitHandshakes } from './limit-handshakes.js';
import { logUnknownNamespaces } from './unknown-namespaces.js';
import { refusePolling } from './websocket-only.js';

/** How long a connection may be in no namespace, at first and later. */
const CONNECT_TIMEOUT_MS = 5000;

/**
 * Nest's Socket.IO adapter, with the HTTP session on every socket.
 *
 * Use it after the application was created and before it listens; `SharedSessionModule` must be
 * among the application's modules.
 *
 * @example
 * app.useWebSocketAdapter(new SessionIoAdapter(app));
 *
 * The start fails with a SharedSessionConfigError while a gateway handler has no guard or no schema, unless the option
 * `auditGateways` says otherwise.
 *
 * @throws SharedSessionConfigError when a handler acknowledges by itself, or two handle one event
 */
export class SessionIoAdapter extends IoAdapter {
  readonly #options: ResolvedOptions;
  readonly #redisAdapter: AdapterFactory;
  readonly #handshake: Handshake;
  readonly #handshakeLimits: HandshakeLimits;
  readonly #networks: ClientNetworks;
  readonly #links: SessionLinks;
  readonly #dispatcher: EventDispatcher;
  readonly #sessions: Sessions;
  readonly #diagnostics: LinkDiagnostics;
  readonly #rules: GatewayRules;
  readonly #trustsProxy: TrustsProxy;
  /** Undefined once it was done. */
  #audit: (() => Finding[]) | undefined;
  /** The rules of each namespace's events, also of those that came of a pattern. */
  readonly #rulesIn = new WeakMap<Namespace, ReadonlyMap<string, EventRules>>();

  constructor(app: INestApplication) {
    super(app);
    const inject = { strict: false };
    this.#options = app.get<ResolvedOptions>(RESOLVED_OPTIONS, inject);
    this.#redisAdapter = app.get<AdapterFactory>(REDIS_ADAPTER, inject);
    this.#handshake = app.get(Handshake, inject);
    this.#handshakeLimits = app.get(HandshakeLimits, inject);
    this.#networks = app.get(ClientNetworks, inject);
    this.#links = app.get(SessionLinks, inject);
    this.#dispatcher = app.get(EventDispatcher, inject);
    this.#sessions = app.get(Sessions, inject);
    this.#diagnostics = app.get(LinkDiagnostics, inject);
    this.#trustsProxy = app.get(ClientAddresses, inject).trustsProxy;
    const discovery = app.get(DiscoveryService, inject);
    const contexts = app.get(ExternalContextCreator, inject);
    this.#rules = prepareGateways(discovery);
    this.#audit = () => auditGateways(discovery, enhancersOfGateways(contexts));
  }

  /** Nest calls it once for each server and each namespace, before it listens for connections there. */
  override create(port: number, options?: GatewayPlace): ReturnType<IoAdapter['create']> {
    // Only now is all there that the application has installed globally.
    reportFindings(this.#audit?.() ?? [], this.#options.auditGateways);
    this.#audit = undefined;
    const server = super.create(port, options as Parameters<IoAdapter['create']>[1]);
    const rules = this.#rules.get(placeOf(port, options));
    // A pattern's namespaces are made as clients ask for them, and take this listener along.
    if (rules) server.on('connection', ({ nsp }) => this.#rulesIn.set(nsp, rules));
    return server;
  }

  override createIOServer(port: number, options?: Partial<ServerOptions>): Server {
    const server = super.createIOServer(port, {
      ...options,
      adapter: this.#redisAdapter,
      // One connection from the first byte: no sticky sessions, and no polling request that an
      // attacker who knows the connection's id could answer without the cookie.
      transports: ['websocket'],
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      connectTimeout: CONNECT_TIMEOUT_MS,
      serveClient: false,
      wsEngine: BoundedWebSocketServer,
      // The declared type wants every option; Socket.IO itself takes some.
    } as ServerOptions);
    server.engine.use(
      requireAllowedOrigin({
        allowedOrigins: new Set(this.#options.allowedOrigins),
        trustsProxy: this.#trustsProxy,
        onRefused: (request) => {
          this.#diagnostics.tellForeign(request);
        },
      }),
    );
    server.engine.use(refusePolling());
    server.engine.use(limitHandshakes(this.#handshakeLimits, this.#networks));
    server.engine.use(rememberUpgradeResponse);
    server.engine.on('connection', coalesceWrites);
    server.engine.on('connection', limitSendBuffer);
    logUnknownNamespaces(server);
    this.#guard(server.sockets);
    server.on('new_namespace', (namespace) => {
      this.#guard(namespace);
    });
    return server;
  }

  override bindMessageHandlers(socket: Socket, handlers: MessageMappingProperties[]): void {
    const known = this.#rulesIn.get(socket.nsp);
    for (const { message, callback } of handlers) {
      const event = String(message);
      const rules = known?.get(event) ?? PLAIN;
      this.#dispatcher.bind(socket, event, { run: callback, rules });
    }
  }

  /** `server.use()` would guard the namespace `/` alone. */
  #guard(namespace: Namespace): void {
    namespace.use(this.#handshake.handle);
    namespace.on('connection', (socket) => {
      this.#welcome(socket);
    });
  }

  #welcome(socket: Socket): void {
    const link = this.#links.of(socket);
    if (!link?.session || link.ended) {
      socket.disconnect(true);
      return;
    }
    const { session } = link;
    this.#diagnostics.tellOpened(socket, session);
    socket.on('disconnect', (reason) => {
      this.#diagnostics.tellClosed(socket, { session, reason, end: link.end });
      this.#links.unregister(socket);
      this.#closeIfIdle(socket.conn, link.handle);
    });
    releaseUpgradeRequest(socket);
    socket.emit('session:ready', this.#sessions.describe(session));
  }

  /**
   * Closes a connection that has left its last namespace and joins none in time. Nobody would tell it of
   * its session's end.
   */
  #closeIfIdle(connection: Socket['conn'], handle: string): void {
    const isIdle = () => connection.readyState === 'open' && !this.#links.isOn(handle, connection);
    if (!isIdle()) return;
    setTimeout(() => {
      if (isIdle()) closeInTime(connection);
    }, CONNECT_TIMEOUT_MS).unref();
  }
}
