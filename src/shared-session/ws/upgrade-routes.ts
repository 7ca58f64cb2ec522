import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { answerUpgrade } from '../socket/answer-upgrade.js';

/** Takes an upgrade. */
export type TakeUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

const routes = new WeakMap<Server, UpgradeRoutes>();

/** Brings the upgrades of an HTTP server to whoever serves their path. */
export class UpgradeRoutes {
  readonly #takers = new Map<string, TakeUpgrade>();

  /** The one of an HTTP server, made for the first who asks. */
  static of(server: Server): UpgradeRoutes {
    const known = routes.get(server);
    if (known) return known;
    const made = new UpgradeRoutes(server);
    routes.set(server, made);
    return made;
  }

  private constructor(private readonly server: Server) {}

  /**
   * @param path without a query, such as `/live`
   * @throws Error when somebody serves that path already
   */
  add(path: string, take: TakeUpgrade): void {
    if (this.#takers.has(path)) throw new Error(`The path ${path} of WebSockets is taken.`);
    if (this.#takers.size === 0) this.server.on('upgrade', this.#route);
    this.#takers.set(path, take);
  }

  remove(path: string): void {
    this.#takers.delete(path);
    if (this.#takers.size === 0) this.server.off('upgrade', this.#route);
  }

  readonly #route = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const take = this.#takers.get(path);
    if (take) {
      take(request, socket, head);
      return;
    }
    // Socket.IO, say, which serves paths of its own and closes what it does not know.
    if (this.server.listenerCount('upgrade') > 1) return;
    answerUpgrade(socket, {
      status: '404 Not Found',
      error: { code: 'NOT_FOUND', message: 'No WebSocket is served there.' },
    });
  };
}
