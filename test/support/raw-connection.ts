import type { Socket } from 'node:net';
import WebSocket from 'ws';
import { stopAfterwards } from './cleanup.js';
import { eventually } from '../../src/testing/eventually.js';
import type { TestNode } from './test-node.js';

/** A WebSocket that speaks Socket.IO's packets as the test writes them. */
export class RawConnection {
  readonly socket: WebSocket;
  readonly frames: string[] = [];
  readonly closed: Promise<unknown>;

  constructor({ url }: Pick<TestNode, 'url'>, cookie: string) {
    const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
    this.socket = new WebSocket(address, { headers: { cookie } });
    this.socket.on('message', (data: Buffer) => this.frames.push(data.toString()));
    // Some are cut off in the middle of what they send.
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    stopAfterwards(() => {
      this.socket.terminate();
    });
  }

  /** One that is in the namespace `/`. */
  static async in(node: Pick<TestNode, 'url'>, cookie: string): Promise<RawConnection> {
    const connection = new RawConnection(node, cookie);
    await connection.next(/^0/);
    connection.send('40');
    await connection.next(/session:ready/);
    return connection;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** What carries the WebSocket, which ws keeps to itself. */
  get stream(): Socket {
    return (this.socket as unknown as { readonly _socket: Socket })._socket;
  }

  send(frame: string | Buffer): void {
    this.socket.send(frame);
  }

  /** Sends a frame so many times, all in one piece. */
  sendAtOnce(frame: string, times: number): void {
    this.stream.cork();
    for (let sent = 0; sent < times; sent += 1) this.send(frame);
    this.stream.uncork();
  }

  /** Resolves when the server has closed it: long before it would for a ping without an answer, after 45 s. */
  async cutOff(): Promise<void> {
    await eventually(() => !this.isOpen);
  }

  /** Resolves when a frame like this has come. */
  async next(pattern: RegExp): Promise<void> {
    await eventually(() => this.frames.some((frame) => pattern.test(frame)));
  }
}
