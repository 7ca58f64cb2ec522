import { type ClientOptions, WebSocket } from 'ws';
import type { Acknowledgement } from '../../src/shared-session/index.js';
import { eventually } from '../../src/testing/eventually.js';
import { stopAfterwards } from './cleanup.js';

interface Received {
  readonly event: string;
  readonly data: unknown;
  readonly id?: number;
}

/** A client of a plain WebSocket, that remembers what it received. */
export class PlainSocket {
  readonly client: WebSocket;
  readonly received: Received[] = [];
  /** With what it was closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  #asked = 0;

  /** @param url with `ws://` */
  constructor(url: string, cookie: string, options: ClientOptions = {}) {
    const headers = { ...(cookie && { cookie }), ...options.headers };
    this.client = new WebSocket(url, { ...options, headers });
    this.client.on('message', (text: Buffer) => {
      this.received.push(JSON.parse(text.toString()) as Received);
    });
    this.closed = new Promise((resolve) => {
      this.client.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
      });
    });
    // What refuses an upgrade comes as an error.
    this.client.on('error', () => undefined);
    stopAfterwards(() => {
      this.client.terminate();
    });
  }

  /** With what status the upgrade was refused. */
  refused(): Promise<number | undefined> {
    return new Promise((resolve) => {
      this.client.once('unexpected-response', (_, { statusCode }) => {
        resolve(statusCode);
      });
    });
  }

  send(event: string, data?: unknown): void {
    this.client.send(JSON.stringify({ event, data }));
  }

  /** What an event brings, now or later. */
  async next<T = unknown>(event: string): Promise<T> {
    const found = () => this.received.findIndex((each) => each.event === event);
    await eventually(() => found() >= 0);
    const [first] = this.received.splice(found(), 1);
    return first?.data as T;
  }

  async ask<T = unknown>(event: string, data?: unknown): Promise<Acknowledgement<T>> {
    const id = (this.#asked += 1);
    this.client.send(JSON.stringify({ event, data, id }));
    await eventually(() => this.received.some((each) => each.id === id));
    return this.received.find((each) => each.id === id)?.data as Acknowledgement<T>;
  }
}
