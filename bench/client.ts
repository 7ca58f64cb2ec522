import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';

/** How to talk to a peer: frames are written by hand, so that the client costs the same for each. */
export interface Protocol {
  readonly path: string;
  readonly login: { readonly method: 'GET' | 'POST'; readonly path: string };
  /** What to answer to a frame while connecting; null for nothing. */
  readonly greet: (frame: string) => string | null;
  readonly isReady: (frame: string) => boolean;
  readonly update: (id: number, sku: string) => string;
  /** The id of the update that a frame acknowledges. */
  readonly answered: (frame: string) => number | null;
  readonly isChange: (frame: string) => boolean;
}

const socketIo = (login: Protocol['login']): Protocol => ({
  path: '/socket.io/?EIO=4&transport=websocket',
  login,
  greet: (frame) => (frame.startsWith('0') ? '40' : null),
  isReady: (frame) => frame.startsWith('42["session:ready"'),
  update: (id, sku) => {
    // Between 1 and 98, never the same twice in a row.
    const operation = { operationId: randomUUID(), type: 'set', sku, quantity: (id % 98) + 1 };
    return `42${String(id)}["cart:apply",${JSON.stringify(operation)}]`;
  },
  answered: (frame) => (frame.startsWith('43') ? Number.parseInt(frame.slice(2), 10) : null),
  isChange: (frame) => frame.startsWith('42["cart:changed"'),
});

export const PROTOCOLS = {
  recipe: socketIo({ method: 'POST', path: '/login' }),
  ours: socketIo({ method: 'GET', path: '/session' }),
  floor: {
    path: '/',
    login: { method: 'POST', path: '/login' },
    greet: () => null,
    isReady: (frame) => frame === 'ready',
    update: (id, sku) => JSON.stringify({ id, sku }),
    answered: (frame) => (JSON.parse(frame) as { answer?: number }).answer ?? null,
    isChange: (frame) => frame.includes('"quantity"'),
  } satisfies Protocol,
};

/** Signs somebody in and gives the cookie. */
export async function logIn(url: string, { login }: Protocol): Promise<string> {
  const response = await fetch(url + login.path, { method: login.method });
  await response.text();
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

/** One socket, by hand. */
export class BenchSocket {
  onChange: () => void = () => undefined;
  /** Resolves when the connection is gone, whoever closed it. */
  readonly closed: Promise<void>;
  readonly #pending = new Map<number, () => void>();
  #count = 0;

  private constructor(
    private readonly socket: WebSocket,
    private readonly protocol: Protocol,
  ) {
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
  }

  static open(url: string, cookie: string, protocol: Protocol): Promise<BenchSocket> {
    const address = url.replace('http', 'ws') + protocol.path;
    const socket = new WebSocket(address, { headers: { cookie }, perMessageDeflate: false });
    const opened = new BenchSocket(socket, protocol);
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.once('close', () => {
        reject(new Error('The connection was closed.'));
      });
      socket.on('message', (data: Buffer) => {
        const frame = data.toString();
        if (protocol.isReady(frame)) resolve(opened);
        else opened.#receive(frame);
      });
    });
  }

  /** Sends an update; resolves when it is acknowledged. */
  update(sku = 'scale'): Promise<void> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      this.socket.send(this.protocol.update(id, sku));
    });
  }

  close(): void {
    this.socket.terminate();
  }

  #receive(frame: string): void {
    if (frame === '2') {
      this.socket.send('3');
      return;
    }
    const greeting = this.protocol.greet(frame);
    if (greeting !== null) this.socket.send(greeting);
    else if (this.protocol.isChange(frame)) this.onChange();
    else {
      const id = this.protocol.answered(frame);
      if (id === null) return;
      this.#pending.get(id)?.();
      this.#pending.delete(id);
    }
  }
}
