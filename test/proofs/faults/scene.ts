import type { Socket } from 'socket.io-client';
import { sessionHandle } from '../../../src/shared-session/session/session-handle.js';
import type { User } from '../../../src/server/accounts/user.js';
import type { SessionDescription } from '../../../src/shared-session/index.js';
import { operation, PASSWORD, Visitor } from '../../support/visitor.js';
import { opened } from './attempt.js';
import type { Lane, Place } from './lane.js';

/** A guest's cart holds so many, before anything goes wrong. */
export const GUEST_QUANTITY = 2;

/** A socket, and the cookie that it came with. */
export interface OpenSocket {
  readonly client: Socket;
  readonly cookie: string;
}

/** One user with devices of theirs, and all that was seen of them: what an operation happens in. */
export class Scene {
  /** The device whose requests go wrong. */
  readonly actor: Visitor;
  /** Another device of the user's, which the operation may be about. */
  readonly victim: Visitor;
  /** A device of the user's that is on a healthy node, to look and to act from. */
  inspector: Visitor;
  /** The cookies of all sessions that any of the devices ever had. */
  readonly cookies = new Set<string>();
  readonly sockets: OpenSocket[] = [];
  /** Of these, the ones whose session is over for good. */
  readonly ended = new Set<string>();
  /** The ones that were no user's, when somebody who wanted to sign in with them was told no. */
  readonly toldNo = new Set<string>();
  /** How many pieces the user's and the guest's cart may hold together at the end. */
  cart: { least: number; most: number } | undefined;
  /** What the account's password may be by now. */
  readonly passwords = [PASSWORD];
  /** What the operation is about; the same when it is tried again. */
  readonly operation = operation('add', 'scale', 1);
  user: User = { id: '', email: '', name: '', roles: [] };

  constructor(readonly lane: Lane) {
    [this.actor, this.victim, this.inspector] = [this.#visitor(), this.#visitor(), this.#visitor()];
  }

  get near(): Place {
    return this.lane.near;
  }

  get far(): Place {
    return this.lane.far;
  }

  /** Makes the account. */
  async begin(): Promise<void> {
    await this.inspector.register(this.far);
    this.user = (await this.inspector.get<User>('/user/profile', this.far)).body;
    this.see(this.inspector);
  }

  /** Signs a device in, at the healthy node, with whatever the password is by now. */
  async signIn(visitor: Visitor): Promise<void> {
    for (const password of this.passwords) {
      const { email } = this.user;
      const { status } = await visitor.post('/auth/login', { email, password }, this.far);
      if (status !== 200) continue;
      this.see(visitor);
      return;
    }
    throw new Error('The user cannot sign in any more.');
  }

  /** Makes a device a guest's, with something in the cart. */
  async arriveWithCart(visitor: Visitor): Promise<void> {
    await visitor.arrive(this.far);
    await visitor.post('/cart/operations', operation('add', 'scale', GUEST_QUANTITY), this.far);
    this.cart = { least: GUEST_QUANTITY, most: GUEST_QUANTITY };
    this.see(visitor);
    await this.who(visitor.cookie);
  }

  /** Remembers the session that a device has now. */
  see(visitor: Visitor): void {
    if (visitor.cookie) this.cookies.add(visitor.cookie);
  }

  /** Opens a socket of a device's, on one of the nodes. */
  async connect(visitor: Visitor, place: Place): Promise<Socket> {
    return this.open(visitor, visitor.socket(place).client);
  }

  /** Waits for a socket of a device's until it was let in. */
  async open({ cookie }: Visitor, client: Socket): Promise<Socket> {
    this.sockets.push({ client, cookie });
    await opened(client);
    return client;
  }

  /** Opens a socket on each node. */
  async connectBoth(visitor: Visitor): Promise<void> {
    await this.connect(visitor, this.near);
    await this.connect(visitor, this.far);
  }

  /** A socket of the device's on the near node: the one that it has, or a new one. */
  async socketOf(visitor: Visitor): Promise<Socket> {
    const open = this.sockets.find(
      ({ client, cookie }) => client.connected && cookie === visitor.cookie,
    );
    return open?.client ?? (await this.connect(visitor, this.near));
  }

  /** One more device of the user's. */
  async newDevice(): Promise<Visitor> {
    const visitor = this.#visitor();
    await this.signIn(visitor);
    return visitor;
  }

  /** Another browser with the same cookies. */
  copyOf(cookie: string): Visitor {
    return this.#visitor(cookie);
  }

  /** Everything by which a command can be told to be about this scene. */
  ids(): string[] {
    const sids = [...this.cookies].map((cookie) => this.#visitor(cookie).sid);
    return [this.user.id, ...sids, ...sids.map(sessionHandle), ...this.#guests];
  }

  readonly #guests = new Set<string>();

  /** Whom a cookie's session speaks for, as the healthy node sees it; null if it is over. */
  async who(cookie: string): Promise<SessionDescription | null> {
    const copy = this.#visitor(cookie);
    const handle = sessionHandle(copy.sid);
    const { body } = await copy.get<SessionDescription>('/session', this.far);
    if (body.handle !== handle) return null;
    if (body.principal.kind === 'guest') this.#guests.add(body.principal.id);
    return body;
  }

  async isUser(cookie: string): Promise<boolean> {
    return cookie !== '' && (await this.who(cookie))?.user?.id === this.user.id;
  }

  #visitor(cookie = ''): Visitor {
    const visitor = new Visitor(this.lane.near);
    if (cookie) visitor.cookie = cookie;
    return visitor;
  }
}
