import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { CloseReason } from '../session/end-reason.js';
import { SessionSignals } from '../signals/session-signals.js';
import { closeInTime } from './close-in-time.js';
import { endedMessage } from './ended-message.js';
import { Link, type LinkEnd } from './link.js';
import { SocketPresence } from './socket-presence.js';

const LIVES_ON = { foundBy: null, askedAt: null } as const;

/** This node's sockets by session: who is connected, and whom to disconnect when a session ends. */
@Injectable()
export class SessionLinks implements OnModuleInit {
  readonly #byHandle = new Map<string, Link>();
  readonly #bySocket = new WeakMap<Socket, Link>();

  constructor(
    private readonly signals: SessionSignals,
    private readonly presence: SocketPresence,
  ) {}

  onModuleInit(): void {
    this.signals.on('ended', (handle, reason, askedAt) => {
      this.end(handle, reason, { foundBy: 'signal', askedAt });
    });
  }

  /**
   * Ties a socket to its session, and lets this node listen to the session. The handshake reads the session
   * once {@link SessionSignals.inForce} says that it does, so that an end is either seen by that read or
   * reaches this link.
   */
  register(handle: string, socket: Socket): Link {
    for (const each of [...(this.get(handle)?.sockets ?? [])].filter(isTurnedAway)) {
      this.unregister(each);
    }
    let link = this.#byHandle.get(handle);
    if (!link) {
      link = new Link(handle);
      this.#byHandle.set(handle, link);
      this.signals.follow(handle);
    }
    link.sockets.add(socket);
    this.#bySocket.set(socket, link);
    return link;
  }

  /** Forgets a socket that was refused or has disconnected. */
  unregister(socket: Socket): void {
    const link = this.#bySocket.get(socket);
    if (!link?.sockets.delete(socket)) return;
    if (link.sockets.size === 0 && this.#byHandle.get(link.handle) === link) this.#remove(link);
    this.presence.report(link);
  }

  /** The link of a socket; undefined if it was refused. */
  of(socket: Socket): Link | undefined {
    return this.#bySocket.get(socket);
  }

  get(handle: string): Link | undefined {
    return this.#byHandle.get(handle);
  }

  /** Whether one of a session's sockets is on this connection. */
  isOn(handle: string, connection: Socket['conn']): boolean {
    const { sockets = [] } = this.get(handle) ?? {};
    return [...sockets].some((each) => each.conn === connection && !isTurnedAway(each));
  }

  /** Every link of this node, as of now. */
  all(): Link[] {
    return [...this.#byHandle.values()];
  }

  /**
   * Ends a session's sockets on this node: tells them why, then disconnects them. From the return on
   * they receive nothing and nothing they sent is handled.
   *
   * @param found how this node learned that the session ended; left out where it found out by itself
   */
  end(
    handle: string,
    reason: CloseReason,
    found: Omit<LinkEnd, 'reason'> = { foundBy: 'look', askedAt: null },
  ): void {
    const link = this.#byHandle.get(handle);
    if (!link) return;
    this.#remove(link);
    link.ended = true;
    link.end = { reason, ...(reason === 'draining' ? LIVES_ON : found) };
    // All are told before the first goes: two namespaces of one connection go together.
    for (const socket of link.sockets) socket.emit('session:ended', endedMessage(reason));
    for (const socket of link.sockets) {
      if (reason !== 'draining') {
        // One that is not in yet is refused by its handshake.
        if (!socket.connected && !isTurnedAway(socket)) continue;
        // Socket.IO's clients come back by themselves when the transport closes. Here they should not.
        socket.disconnect();
      }
      closeInTime(socket.conn);
    }
  }

  /** Sends every client of this node to another one; their sessions live on. */
  drain(): void {
    for (const link of this.all()) this.end(link.handle, 'draining');
  }

  #remove({ handle }: Link): void {
    this.#byHandle.delete(handle);
    this.signals.unfollow(handle);
  }
}

/**
 * Whether a socket was let in here, and then refused by middleware of the application's own: Socket.IO takes it out of its
 * rooms and tells nobody.
 */
function isTurnedAway({ data, connected, rooms }: Socket): boolean {
  const wasLetIn = (data as { handle?: unknown }).handle !== undefined;
  return wasLetIn && !connected && rooms.size === 0;
}
