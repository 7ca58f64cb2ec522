import type { ManagerOptions, SocketOptions } from 'socket.io-client';
import type { Acknowledgement } from '../shared-session/shared-session.contract.js';

export interface ConnectOptions {
  /**
   * The server, such as `https://shop.example`. Default: the page's origin; where there is no page, as where one is rendered on a
   * server, the session stays `connecting` and does nothing.
   */
  readonly url?: string | undefined;
  /** Sends `GET /session`. Default: the browser's `fetch`, with its cookies. */
  readonly fetch?: typeof globalThis.fetch;
  /** Added to Socket.IO's options: outside browsers `withCredentials: false` and the cookie header. */
  readonly socket?: Partial<ManagerOptions & SocketOptions>;
  /** What stands in for the socket where the network lets no WebSocket through. Default: nothing, the session is `offline`. */
  readonly events?: EventsOptions;
}

/** A stream of server-sent events in place of the socket, and requests in place of what the socket is asked. */
export interface EventsOptions {
  /** Where the stream is, such as `/session/events`. Its events have the names and the data of the socket's. */
  readonly path: string;
  /** Sends a request for what would be asked by `LiveSession.ask()`, and resolves to the same answer. Rejects if none came. */
  readonly ask: (event: string, ...payload: unknown[]) => Promise<Acknowledgement>;
}
