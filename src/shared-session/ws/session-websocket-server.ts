import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { WebSocketServer } from 'ws';
import type { Link } from '../links/link.js';
import type { Session } from '../session/session.js';
import { CodedError } from '../shared-session.errors.js';
import { createOriginCheck } from '../socket/allowed-origin.js';
import { MAX_MESSAGE_BYTES, PACKET_LIMITS } from '../socket/engine/bounded-websocket.js';
import { limitHandshakes } from '../socket/limit-handshakes.js';
import { Admission, asConnection } from './admission.js';
import { linkOf, rememberPlace } from './client-links.js';
import { type Format, SessionWebSocket } from './session-websocket.js';
import { UpgradeRoutes } from './upgrade-routes.js';
import { partsOf, type WsParts } from './ws-parts.js';

/** How often each client is asked whether it is still there. */
const HEARTBEAT_MS = 25_000;

export interface SessionWebSocketServerOptions {
  /** Whole, without a query. @defaultValue `/` */
  readonly path?: string;
  /** @defaultValue the application's */
  readonly httpServer?: Server;
  /** The largest message that a client may send, in bytes. @defaultValue 16 KB */
  readonly maxPayload?: number;
  /**
   * In what form the library tells clients of their session: `session:ready` when they are let in, `session:changed`,
   * `session:expiring`, and `session:ended` before they are closed.
   * @defaultValue it tells nothing but the close code: a protocol such as `graphql-ws` has no room for it
   */
  readonly format?: Format;
}

/**
 * A server of `ws` whose every connection has a session, from the upgrade's cookie, and is closed when that ends. Its
 * `connection` event comes when the session was found, so it may be given to whatever serves a `ws` server.
 *
 * Make it between creation and start of the application, with which it closes. `SessionWsAdapter` has one for each path of its
 * gateways.
 *
 * @example
 * const server = new SessionWebSocketServer(app, { path: '/graphql' });
 * useServer({ schema, context: ({ extra }) => ({ session: sessionOfSocket(extra.socket) }) }, server);
 */
export class SessionWebSocketServer extends WebSocketServer<typeof SessionWebSocket> {
  readonly #parts: WsParts;
  readonly #path: string;
  readonly #routes: UpgradeRoutes;
  readonly #admission: Admission;
  readonly #hasAllowedOrigin: (request: IncomingMessage) => boolean;
  readonly #limit: ReturnType<typeof limitHandshakes>;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(app: INestApplication, options: SessionWebSocketServerOptions = {}) {
    const { path = '/', maxPayload = MAX_MESSAGE_BYTES, format } = options;
    super({ ...PACKET_LIMITS, noServer: true, maxPayload, WebSocket: SessionWebSocket });
    const parts = partsOf(app);
    this.#parts = parts;
    this.#path = path;
    this.#admission = new Admission(parts, format);
    this.#limit = limitHandshakes(parts.handshakes, parts.networks);
    this.#hasAllowedOrigin = createOriginCheck({
      allowedOrigins: new Set(parts.options.allowedOrigins),
      trustsProxy: parts.addresses.trustsProxy,
    });
    this.#routes = UpgradeRoutes.of(options.httpServer ?? (app.getHttpServer() as Server));
    this.#routes.add(path, this.#take);
    parts.links.onDrain(() => {
      this.close();
    });
    this.#heartbeat = setInterval(() => {
      for (const client of this.clients) client.probe();
    }, HEARTBEAT_MS).unref();
  }

  /** Lets nobody in any more, and sends whoever is there to another node. */
  override close(done?: (error?: Error) => void): void {
    this.#routes.remove(this.#path);
    clearInterval(this.#heartbeat);
    for (const client of this.clients) client.end('draining');
    super.close(done);
  }

  readonly #take = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    this.#limit(request, null, () => {
      this.handleUpgrade(request, socket, head, (client) => {
        // An invalid frame, say: ws closes the connection by itself.
        client.on('error', () => undefined);
        // What it sends meanwhile waits.
        client.pause();
        void this.#letIn(client, request);
      });
    });
  };

  async #letIn(client: SessionWebSocket, request: IncomingMessage): Promise<void> {
    try {
      if (!this.#hasAllowedOrigin(request)) throw foreignOrigin();
      const link = await this.#admission.admit({ client, request });
      const address = this.#parts.addresses.ofUpgrade(request);
      rememberPlace(client, { link, path: this.#path, address });
    } catch (error) {
      this.#admission.refuse({ client, request }, error);
      return;
    }
    this.#welcome(client, request);
  }

  #welcome(client: SessionWebSocket, request: IncomingMessage): void {
    const link = linkOf(client);
    if (!link?.session) return;
    const { session } = link;
    this.#tellOfLife(client, { request, link, session });
    client.tell('session:ready', this.#parts.sessions.describe(session));
    this.emit('connection', client, request);
    client.resume();
  }

  #tellOfLife(
    client: SessionWebSocket,
    { request, link, session }: { request: IncomingMessage; link: Link; session: Session },
  ): void {
    const { diagnostics } = this.#parts;
    const conn = asConnection({ client, request });
    const told = { nsp: { name: this.#path }, request, conn };
    diagnostics.tellOpened(told, session);
    client.once('close', () => {
      const reason = 'transport close';
      diagnostics.tellClosed(told, { session, reason, end: link.end });
    });
  }
}

function foreignOrigin(): CodedError {
  return new CodedError('FORBIDDEN_ORIGIN', 'Connections from this origin are not allowed.');
}
