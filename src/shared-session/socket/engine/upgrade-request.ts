import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'socket.io';
import { sessionOf } from '../../access/session-carrier.js';
import type { Session } from '../../session/session.js';

type EngineSocket = Socket['conn'];
/** With the parsed query that engine.io adds, and Socket.IO reads for each namespace. */
type EngineRequest = IncomingMessage & {
  readonly _query?: unknown;
  readonly sessionID?: unknown;
};

const responses = new WeakMap<IncomingMessage, Partial<ServerResponse>>();

/** Engine middleware: notes the stand-in response that engine.io makes for an upgrade. */
export function rememberUpgradeResponse(
  request: IncomingMessage,
  response: Partial<ServerResponse>,
  next: () => void,
): void {
  responses.set(request, response);
  next();
}

/**
 * What `socket.request` is once its socket is connected: what Socket.IO and applications read of an
 * upgrade request, without the cookie. It holds nothing that the connection does not hold anyway.
 */
export class UpgradeRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly socket: IncomingMessage['socket'];
  readonly _query: unknown;
  readonly #connection: EngineSocket;
  readonly #sid: string | undefined;

  constructor(request: EngineRequest, connection: EngineSocket) {
    this.method = request.method;
    this.url = request.url;
    this.headers = request.headers;
    this.socket = request.socket;
    this._query = request._query;
    this.#connection = connection;
    this.#sid = typeof request.sessionID === 'string' ? request.sessionID : undefined;
  }

  /** Node's old name of `socket`, which Socket.IO reads. */
  get connection(): IncomingMessage['socket'] {
    return this.socket;
  }

  /**
   * The session as `@CurrentSession()` gives it, with its `user`; undefined once it has ended. It
   * is read-only: `Sessions.update()` changes a session.
   */
  get session(): Session | undefined {
    return sessionOf(this.#connection) ?? undefined;
  }

  /** Undefined once the session has ended. Never log or send it. */
  get sessionID(): string | undefined {
    return this.session && this.#sid;
  }
}

/**
 * Lets go of the upgrade request once its socket is connected: it is needed no longer, it holds the
 * cookie, and it is a quarter of an idle connection's memory. engine.io would keep it, by two
 * ways, for as long as the connection lives.
 *
 * @see https://github.com/socketio/engine.io the stand-in response listens on the TCP socket since 6.6.12
 */
export function releaseUpgradeRequest({ conn }: Socket): void {
  const { request } = conn;
  if (request instanceof UpgradeRequest) return;
  delete request.headers.cookie;
  // A connection that does not let go of its request costs memory; to insist would end the process.
  if (!Object.getOwnPropertyDescriptor(conn, 'request')?.writable) return;
  const response = responses.get(request) as { req: unknown } | undefined;
  if (response) response.req = null;
  // Declared as a whole request, of which this is the part that is read.
  (conn as { request: unknown }).request = new UpgradeRequest(request, conn);
}
