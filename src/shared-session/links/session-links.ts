import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { operationChannel } from '../diagnostics/operations.js';
import type { CloseReason, EndTrail } from '../session/end-reason.js';
import { isSamePrincipal } from '../session/principal.js';
import { isSameUser } from '../session/same-user.js';
import type { Session } from '../session/session.js';
import { SessionSignals } from '../signals/session-signals.js';
import { closeSockets, isTurnedAway } from './close-sockets.js';
import { Link, type LinkEnd } from './link.js';
import {
  guardHolder,
  type Holder,
  type OnSessionChanged,
  type OnSessionEnded,
  type SessionHold,
  type TellNews,
} from './session-hold.js';
import { SocketPresence } from './socket-presence.js';

const closes = operationChannel('close');

const LIVES_ON = { foundBy: null, askedAt: null } as const;
const FOUND = { foundBy: 'look', askedAt: null, traceparent: null } as const;

/**
 * What is open on this node, by session: who is connected, and what to end when a session ends. Sockets are registered by their handshake;
 * an application ties whatever else it has open to its session by {@link hold}.
 */
@Injectable()
export class SessionLinks implements OnModuleInit {
  readonly #byHandle = new Map<string, Link>();
  readonly #bySocket = new WeakMap<Socket, Link>();
  #begin: (link: Link) => void = () => undefined;
  readonly #onDrain: (() => void)[] = [];

  constructor(
    private readonly signals: SessionSignals,
    private readonly presence: SocketPresence,
  ) {}

  onModuleInit(): void {
    this.signals.on('ended', (handle, reason, trail) => {
      this.end(handle, reason, { foundBy: 'signal', ...trail });
    });
  }

  /** @param begin looks at a session that something holds and no socket's handshake has read */
  onHeld(begin: (link: Link) => void): void {
    this.#begin = begin;
  }

  /**
   * Ties to a session what is open in its name and is no socket of the library's: a stream, a connection of another kind, work that
   * takes long. From then on the session's end, on whichever node, ends it too: so does a shutdown, and a node that hears no
   * signals for 30 s. To be held is no activity: the session expires as if nothing were open.
   *
   * @param session as a request or a socket carries it
   * @param onEnd called once; a session that was over already is found within about a second. What it throws is logged
   * @param onChanged called when the user or their roles have changed
   *
   * @example
   * const hold = links.hold(session, () => connection.close(4401));
   * connection.on('close', () => hold.release());
   */
  hold(session: Session, onEnd: OnSessionEnded, onChanged?: OnSessionChanged): SessionHold {
    const { principal, publicUser: user } = session;
    return this.#hold(session, { principal, user, onEnd, onChanged });
  }

  /**
   * As {@link hold}, for a client that is connected and sends events. It is told what sockets are told. Whoever lets it in reads the
   * session, as a handshake does, and gives it to {@link adopt}.
   */
  connect(session: Session, onEnd: OnSessionEnded, tell: TellNews): SessionHold {
    const { principal, publicUser: user } = session;
    return this.#hold(session, { principal, user, onEnd, tell });
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
    const link = this.#linkOf(handle);
    link.sockets.add(socket);
    this.#bySocket.set(socket, link);
    return link;
  }

  /** Forgets a socket that was refused or has disconnected. */
  unregister(socket: Socket): void {
    const link = this.#bySocket.get(socket);
    if (!link?.sockets.delete(socket)) return;
    if (!link.hasClients) link.abort();
    this.#removeIfEmpty(link);
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
   * they receive nothing and nothing they sent is handled. Ends what else is open in its name, too.
   *
   * @param found how this node learned that the session ended; left out where it found out by itself
   */
  end(
    handle: string,
    reason: CloseReason,
    found: Pick<LinkEnd, 'foundBy'> & EndTrail = FOUND,
  ): void {
    const link = this.#byHandle.get(handle);
    if (!link) return;
    this.#remove(link);
    link.ended = true;
    const { foundBy, askedAt, traceparent } = found;
    link.end = { reason, ...(reason === 'draining' ? LIVES_ON : { foundBy, askedAt }) };
    if (!closes.hasSubscribers) {
      this.#close(link, reason);
      return;
    }
    const operation = { handle, reason, sockets: link.sockets.size, traceparent };
    closes.traceSync(() => {
      this.#close(link, reason);
    }, operation);
  }

  /**
   * Closes a socket's connection, while its session lives on: the connection's sockets are told why, and from the return on
   * they receive nothing.
   */
  close(socket: Socket, reason: CloseReason): void {
    const { sockets = [] } = this.of(socket) ?? {};
    const those = [...sockets].filter(({ conn }) => conn === socket.conn);
    closeSockets(those, reason);
  }

  /** Passes on what has changed to those who hold a session. */
  change({ holders, session }: Link): void {
    for (const { onChanged } of holders) {
      guardHolder(() => session && onChanged?.(session));
    }
  }

  /** Gives a link its session, which was read while this node listened to it, and passes on what its holders did not know of it. */
  adopt(link: Link, session: Session): void {
    link.session = session;
    link.storedUntil = session.idleExpiresAt;
    for (const holder of link.holders) this.#catchUp(link, holder);
  }

  /** Sends every client of this node to another one; their sessions live on. */
  drain(): void {
    for (const link of this.all()) this.end(link.handle, 'draining');
    for (const listener of this.#onDrain) guardHolder(listener);
  }

  /** Tells when this node begins to shut down, after its clients were told. */
  onDrain(listener: () => void): void {
    this.#onDrain.push(listener);
  }

  #close(link: Link, reason: CloseReason): void {
    link.abort(reason);
    closeSockets([...link.sockets], reason);
    for (const holder of link.holders) this.#tell(holder, reason);
    link.holders.clear();
  }

  #hold({ handle }: Session, holder: Holder): SessionHold {
    const link = this.#linkOf(handle);
    link.holders.add(holder);
    if (link.session) {
      queueMicrotask(() => {
        this.#catchUp(link, holder);
      });
    } else if (!holder.tell) this.#begin(link);
    const isDeaf = (): boolean => this.signals.isDeafTo(handle);
    return {
      get isDeaf() {
        return isDeaf();
      },
      release: () => {
        this.#release(link, holder);
      },
    };
  }

  /** Passes on what changed between a holder's reading of the session and this node's. */
  #catchUp(link: Link, holder: Holder): void {
    const { session, holders } = link;
    if (!session || !holders.has(holder)) return;
    if (!isSamePrincipal(session.principal, holder.principal)) {
      // One of the two was read before somebody signed in on the session.
      holders.delete(holder);
      this.#tell(holder, 'replaced');
      this.#removeIfEmpty(link);
    } else if (!isSameUser(session.publicUser, holder.user)) {
      guardHolder(() => holder.onChanged?.(session));
    }
  }

  #release(link: Link, holder: Holder): void {
    if (!link.holders.delete(holder)) return;
    if (holder.tell && !link.hasClients) link.abort();
    this.#removeIfEmpty(link);
  }

  #tell({ onEnd }: Holder, reason: CloseReason): void {
    guardHolder(() => {
      onEnd(reason);
    });
  }

  #linkOf(handle: string): Link {
    const known = this.#byHandle.get(handle);
    if (known) return known;
    const link = new Link(handle);
    this.#byHandle.set(handle, link);
    this.signals.follow(handle);
    return link;
  }

  #removeIfEmpty(link: Link): void {
    if (link.isEmpty && this.#byHandle.get(link.handle) === link) this.#remove(link);
  }

  #remove({ handle }: Link): void {
    this.#byHandle.delete(handle);
    this.signals.unfollow(handle);
  }
}
