import { io, type Socket } from 'socket.io-client';
import type { Browser, Tab } from '../../client-demo/src/room/room-events.js';
import { sessionHandle } from '../../src/testing/node-parts.js';
import { Visitor } from '../support/visitor.js';
import type { RoomNode } from './room-node.js';
import type { RoomUser } from './served-node.js';

interface OpenTab {
  readonly name: string;
  readonly node: RoomNode;
  readonly socket: Socket;
  heard: number;
  heardAfterEnd: number;
}

interface Me {
  readonly user?: Partial<RoomUser>;
}

/** A browser with a cookie of its own, and tabs that are real Socket.IO clients. */
export class RoomBrowser {
  readonly #visitor: Visitor;
  readonly #tabs: OpenTab[] = [];
  #me: Me = {};

  /**
   * @param home the node that answers its requests
   * @param hasEnded whether a session's record is gone, as far as the room knows
   */
  constructor(
    readonly name: string,
    readonly user: RoomUser,
    home: RoomNode,
    private readonly hasEnded: (handle: string) => boolean,
  ) {
    this.#visitor = new Visitor({ url: home.url, isPlain: true });
  }

  /** Public name of its session. */
  get handle(): string {
    return sessionHandle(this.#visitor.sid);
  }

  /** The id in its cookie, which never leaves the supervisor. */
  get sid(): string {
    return this.#visitor.sid;
  }

  async signIn(): Promise<void> {
    await this.post('/sign-in', this.user);
    await this.ask();
  }

  async post(path: string, body?: unknown): Promise<void> {
    const { status } = await this.#visitor.post(path, body);
    if (status >= 400) throw new Error(`${this.name} was answered ${String(status)} by ${path}.`);
  }

  /** Asks by HTTP who it is. */
  async ask(): Promise<void> {
    const { cookie } = this.#visitor;
    const { body } = await this.#visitor.get<Me>('/me');
    this.#me = body;
    // The answer to nobody may begin another session; this browser stays what it was.
    this.#visitor.cookie = cookie;
  }

  /** Opens a tab; resolves when it is let in, or is not. */
  async open(node: RoomNode): Promise<void> {
    const socket = io(node.url, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 200,
      reconnectionDelayMax: 500,
      extraHeaders: { cookie: this.#visitor.cookie },
    });
    const name = `tab ${String(this.#tabs.length + 1)}`;
    const tab: OpenTab = { name, node, socket, heard: 0, heardAfterEnd: 0 };
    this.#tabs.push(tab);
    socket.on('news', () => {
      tab.heard += 1;
      if (this.hasEnded(this.handle)) tab.heardAfterEnd += 1;
    });
    await new Promise((resolve) => {
      socket.once('connect', () => resolve(undefined)).once('connect_error', resolve);
    });
  }

  close(): void {
    for (const { socket } of this.#tabs) socket.disconnect();
  }

  described(nameOf: (handle: string) => string): Browser {
    const { user } = this.#me;
    return {
      name: this.name,
      session: nameOf(this.handle),
      user: user?.id ?? null,
      role: user?.roles?.[0] ?? null,
      tabs: this.#tabs.map(({ name, node, socket, heard, heardAfterEnd }): Tab => ({
        name,
        node: node.name,
        socket: socket.connected ? (socket.id ?? null) : null,
        heard,
        heardAfterEnd,
      })),
    };
  }
}
