import { principalName, type Principal } from '../session/principal.js';
import { sessionRoom } from '../session/session-handle.js';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { type Outlet, RemoteNamespace } from './engine/remote-namespace.js';

/** Names that Socket.IO keeps for itself: a client would take the event for something else. */
const RESERVED = ['connect', 'connect_error', 'disconnect', 'disconnecting'];

/** Some sockets, on any node. */
export interface RemoteSockets {
  /**
   * Emits an event to them, once.
   *
   * @param data what JSON can hold, or bytes
   * @returns whether a node has taken it. False where no node listens: nobody is connected. A node that takes it may have
   * just lost the socket, as always in a network
   * @throws SessionStoreUnavailableError when Redis does not take it, or does not say so within 1.5 s. In the latter
   * case it may have arrived: whoever tries again may tell it twice
   * @throws TypeError for data that JSON cannot hold, and a name that is Socket.IO's own
   */
  emit(event: string, ...data: readonly unknown[]): Promise<boolean>;
}

/**
 * Emits to sockets wherever they are, also from a process that has none: by Redis, as nodes emit to each other's. In a
 * node it reaches the node's own sockets in the same way, so that one service can run in both.
 *
 * @example
 * const target = emitter.toPrincipal({ kind: 'user', id: '42' });
 * const wasTaken = await target.emit('shipped', { order: 7 });
 */
export class SocketEmitter {
  readonly #outlet: Outlet;
  readonly #namespace: RemoteNamespace;

  /** @param namespace with its slash */
  constructor(outlet: Outlet, namespace = '/') {
    this.#outlet = outlet;
    this.#namespace = new RemoteNamespace(namespace, outlet);
  }

  /** The same for another namespace, such as `/chat`. */
  of(namespace: string): SocketEmitter {
    return new SocketEmitter(this.#outlet, namespace.startsWith('/') ? namespace : `/${namespace}`);
  }

  /** All sockets of a user or a guest. */
  toPrincipal(principal: Principal): RemoteSockets {
    return this.to(principalName(principal));
  }

  /** The sockets of one session. */
  toSession(handle: string): RemoteSockets {
    return this.to(sessionRoom(handle));
  }

  /** The sockets in a room that the application has them join. */
  to(room: string): RemoteSockets {
    return { emit: (event, ...data) => this.#emit(room, event, data) };
  }

  async #emit(room: string, event: string, data: readonly unknown[]): Promise<boolean> {
    if (RESERVED.includes(event)) {
      throw new TypeError(`"${event}" is an event of Socket.IO's own.`);
    }
    // What throws here at once is the caller's data.
    const taken = this.#namespace.emit(room, event, data);
    try {
      return (await taken) > 0;
    } catch (cause) {
      throw new SessionStoreUnavailableError(cause);
    }
  }
}
