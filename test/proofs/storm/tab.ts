import { io, type Socket } from 'socket.io-client';
import type { Acknowledgement } from '../../../src/shared-session/index.js';
import type {
  CartChange,
  CartResult,
  CartSnapshot,
} from '../../../src/server/cart/cart.contract.js';
import type { Random } from '../../support/random.js';
import type { Place } from './call.js';
import type { Connection, History } from './history.js';
import { ShownCart } from './shown-cart.js';

const ANSWER_MS = 10_000;
/** Before the next try to connect: half to one and a half of it. */
const AGAIN_MS = 500;

export interface TabSettings {
  readonly cookie: string;
  readonly handle: string;
  readonly history: History;
  readonly random: Random;
  /** Where the load balancer sends a new connection. */
  readonly place: () => Place;
}

/** What came back of an event. */
export interface Answer {
  readonly answer: Acknowledgement<CartResult> | undefined;
  /** Whether the connection stood all the time. */
  readonly stood: boolean;
}

/** A tab of one session: comes back until it is told that the session is over, and shows the cart. */
export class Tab {
  readonly cart = new ShownCart();
  /** Whether the session is over, by what the server says. */
  isOver = false;
  #socket: Socket | undefined;
  #connection: Connection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** How many came so far. */
  #changes = 0;

  constructor(private readonly settings: TabSettings) {
    this.#connect();
  }

  get isLive(): boolean {
    return this.#connection !== undefined && this.#connection.closedAt === undefined;
  }

  /** Where it is connected. */
  get node(): string {
    return this.#connection?.node ?? '';
  }

  /** Sends an operation; resolves without an answer after 10 s, or at once where there is no connection. */
  async apply(operation: object): Promise<Answer> {
    const socket = this.#socket;
    const connection = this.#connection;
    if (!socket || !this.isLive) return { answer: undefined, stood: false };
    const answer = await Promise.race([
      ask<CartResult>(socket, 'cart:apply', operation),
      closed(socket),
    ]);
    return { answer, stood: connection?.closedAt === undefined };
  }

  /** Asks for the cart anew, whatever it shows. */
  async look(): Promise<void> {
    const socket = this.#socket;
    for (let changes = -1; changes !== this.#changes;) {
      // What comes meanwhile may be newer than the answer.
      changes = this.#changes;
      const answer = socket && (await ask<CartSnapshot>(socket, 'cart:get'));
      if (!answer?.ok || socket !== this.#socket) return;
      this.cart.replace(answer.data);
    }
  }

  /** Connects no more. A connection that is open stays until the server closes it. */
  retire(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  close(): void {
    this.retire();
    this.#socket?.disconnect();
  }

  #connect(): void {
    const { cookie, history, handle, place } = this.settings;
    const { name: node, url } = place();
    const socket = io(url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      timeout: ANSWER_MS,
      extraHeaders: { cookie },
    });
    this.#socket = socket;
    let connection: Connection | undefined;
    socket.on('session:ready', () => {
      if (!connection) {
        connection = { handle, node, openedAt: Date.now() };
        history.connections.push(connection);
        this.#connection = connection;
      }
      void this.look();
    });
    socket.on('session:ended', ({ reason }: { reason: string }) => {
      if (reason !== 'draining') this.isOver = true;
    });
    socket.on('cart:changed', (change: CartChange) => {
      this.#changes += 1;
      if (!this.cart.follow(change)) void this.look();
    });
    socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
      if (error.data?.code === 'UNAUTHENTICATED') this.isOver = true;
      socket.disconnect();
      this.#comeBack();
    });
    socket.on('disconnect', () => {
      if (connection) connection.closedAt = Date.now();
      this.#comeBack();
    });
  }

  #comeBack(): void {
    if (this.#isClosed || this.isOver) return;
    clearTimeout(this.#timer);
    const pauseMs = AGAIN_MS * (0.5 + this.settings.random.next());
    this.#timer = setTimeout(() => {
      this.#connect();
    }, pauseMs);
  }
}

async function ask<T>(
  socket: Socket,
  event: string,
  ...payload: unknown[]
): Promise<Acknowledgement<T> | undefined> {
  try {
    return (await socket.timeout(ANSWER_MS).emitWithAck(event, ...payload)) as Acknowledgement<T>;
  } catch {
    return undefined;
  }
}

function closed(socket: Socket): Promise<undefined> {
  return new Promise((resolve) => {
    socket.once('disconnect', () => {
      resolve(undefined);
    });
  });
}
