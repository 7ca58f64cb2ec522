import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { stopAfterwards } from './cleanup.js';

/** As proxies do that know nothing of WebSockets. */
const REFUSAL = 'HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';
const UPGRADES = /^upgrade: websocket\r$/im;

/** A network in front of a node that lets requests through and, while it is up, no WebSocket. */
export class UpgradeWall {
  readonly #sockets = new Set<Socket>();
  #isUp = true;

  private constructor(
    private readonly target: URL,
    readonly url: string,
  ) {}

  static async before(node: { readonly url: string }): Promise<UpgradeWall> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const wall = new UpgradeWall(new URL(node.url), `http://127.0.0.1:${String(port)}`);
    server.on('connection', (near: Socket) => {
      wall.#take(near);
    });
    stopAfterwards(() => {
      server.close();
      for (const socket of wall.#sockets) socket.destroy();
    });
    return wall;
  }

  /** Lets WebSockets through from now on. */
  open(): void {
    this.#isUp = false;
  }

  /** A client opens a connection of its own for a WebSocket: what comes first says what it is. */
  #take(near: Socket): void {
    this.#keep(near);
    near.once('data', (head) => {
      if (this.#isUp && UPGRADES.test(head.toString())) {
        near.end(REFUSAL);
        return;
      }
      const far = this.#keep(connect(Number(this.target.port), this.target.hostname));
      far.write(head);
      near.pipe(far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
    });
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
