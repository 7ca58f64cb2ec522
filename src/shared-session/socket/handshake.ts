import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Request, RequestHandler } from 'express';
import type { Socket } from 'socket.io';
import { carryReadAgain, carrySession, sessionOf } from '../access/session-carrier.js';
import { type HandshakeOperation, operationChannel } from '../diagnostics/operations.js';
import { toErrorBody } from '../error-body.js';
import type { Link } from '../links/link.js';
import { closeInTime } from '../links/close-in-time.js';
import { EventLimits } from '../limits/event-limits.js';
import { SocketLimits } from '../limits/socket-limits.js';
import { TooManySocketsError } from '../limits/too-many-sockets.error.js';
import { SessionLinks } from '../links/session-links.js';
import { SessionReader } from '../links/session-reader.js';
import { SessionUpkeep } from '../links/session-upkeep.js';
import { SocketPresence } from '../links/socket-presence.js';
import { isSamePrincipal, principalName } from '../session/principal.js';
import type { SessionRefused } from '../session/session-event.js';
import { sessionRoom } from '../session/session-handle.js';
import type { Session } from '../session/session.js';
import { asTraceparent } from '../session/traceparent.js';
import {
  CodedError,
  SessionStoreUnavailableError,
  UnauthenticatedError,
} from '../shared-session.errors.js';
import { SESSION_MIDDLEWARE } from '../shared-session.module-definition.js';
import { SessionSignals } from '../signals/session-signals.js';
import { StoredSessions } from '../store/stored-sessions.js';
import { noteClosing } from './engine/closings.js';
import { LinkDiagnostics } from './link-diagnostics.js';
import { RoomSubscriptions } from './engine/room-subscriptions.js';
import { UpgradeRequest } from './engine/upgrade-request.js';
import { sessionOfUpgrade } from './upgrade-session.js';

const handshakes = operationChannel('handshake');

/** The identity of a socket. Applications read it; only the library writes it. */
export type SocketData = Pick<Session, 'handle' | 'principal' | 'user'>;

/** Sockets that one session has on a node, in all namespaces: a browser's tabs, and more. */
const MAX_SOCKETS_OF_SESSION = 50;
/** Sockets that all sessions of one user have in a namespace on a node, whatever the application's limits say. */
const MAX_SOCKETS_OF_PRINCIPAL = 200;

/** Whose socket was refused, as far as that is known. */
type Whose = Pick<SessionRefused, 'handle' | 'principal'>;

/** Decides whether a socket gets in, and as whom. */
@Injectable()
export class Handshake {
  readonly #logger = new Logger(Handshake.name);

  constructor(
    @Inject(SESSION_MIDDLEWARE) private readonly middleware: RequestHandler,
    private readonly stored: StoredSessions,
    private readonly reader: SessionReader,
    private readonly signals: SessionSignals,
    private readonly links: SessionLinks,
    private readonly rooms: RoomSubscriptions,
    private readonly presence: SocketPresence,
    private readonly upkeep: SessionUpkeep,
    private readonly diagnostics: LinkDiagnostics,
    private readonly sockets: SocketLimits,
    private readonly events: EventLimits,
  ) {}

  /**
   * Namespace middleware: lets a socket with a valid session in, and refuses every other with a
   * `connect_error` whose `data.code` says why. When it calls `next`, this node is subscribed to the
   * socket's rooms.
   */
  readonly handle = (socket: Socket, next: (error?: Error) => void): void => {
    this.#trace(socket).then(
      () => {
        next();
      },
      (error: unknown) => {
        const { handle = null, session = null } = this.links.of(socket) ?? {};
        const whose = { handle, principal: session?.principal ?? null };
        this.links.unregister(socket);
        this.#refuse(socket, { error, whose }, next);
      },
    );
  };

  async #trace(socket: Socket): Promise<void> {
    if (!handshakes.hasSubscribers) {
      await this.#admit(socket);
      return;
    }
    const { nsp, handshake } = socket;
    const traceparent = asTraceparent(handshake.auth['traceparent']);
    const operation: HandshakeOperation = { namespace: nsp.name, traceparent, handle: null };
    await handshakes.tracePromise(async () => {
      await this.#admit(socket);
      operation.handle = this.links.of(socket)?.handle ?? null;
    }, operation);
  }

  async #admit(socket: Socket): Promise<void> {
    // Then it does not matter whose session this is, and Redis, which has trouble enough, is not asked.
    if (this.signals.isAllDeaf) throw new SessionStoreUnavailableError();
    const known = await this.#handleOf(socket);
    // A node that hears no signals would not learn of the session's end.
    if (this.signals.isDeafTo(known)) throw new SessionStoreUnavailableError();
    // Whoever has closed by now is not heard to do so any more.
    if (socket.conn.readyState !== 'open') throw new UnauthenticatedError();
    const link = this.links.register(known, socket);
    if (link.sockets.size > MAX_SOCKETS_OF_SESSION) throw new TooManySocketsError();
    // Socket.IO refuses a second socket of a connection's in a namespace, but not while the first is let in.
    const isTwin = ({ conn, nsp }: Socket) => conn === socket.conn && nsp === socket.nsp;
    if ([...link.sockets].some((each) => each !== socket && isTwin(each)))
      throw new TooManySocketsError();
    this.#forgetOnClose(socket);
    // Only then is the session read that counts: an end is seen by this reading, or reaches the link.
    await this.signals.inForce(known);
    let session = this.#settle(link, await this.reader.read(known));
    if (link.outdated) {
      await this.upkeep.refresh(link);
      session = link.session ?? session;
    }
    const { handle, principal, user } = session;
    socket.data = { handle, principal, user } satisfies SocketData;
    const current = () => (link.ended ? null : link.session);
    carrySession(socket, current);
    carrySession(socket.conn, current);
    carryReadAgain(socket, () => this.upkeep.refresh(link));
    const name = principalName(principal);
    const others = socket.nsp.adapter.rooms.get(name)?.size ?? 0;
    if (others >= MAX_SOCKETS_OF_PRINCIPAL) throw new TooManySocketsError();
    const rooms = [sessionRoom(handle), name];
    this.events.prepare(principal);
    const [hasRoom] = await Promise.all([
      this.sockets.enter(socket.conn, principal),
      this.#join(socket, rooms),
    ]);
    if (!hasRoom) throw this.sockets.noRoom(socket, principal);
    this.presence.report(link);
  }

  async #join(socket: Socket, rooms: string[]): Promise<void> {
    await socket.join(rooms);
    await this.rooms.settled(socket.nsp.name, rooms);
  }

  /** A connection may join and leave its namespaces any number of times, and keeps no listener of each. */
  #forgetOnClose(socket: Socket): void {
    const forget = (): void => {
      this.links.unregister(socket);
    };
    socket.conn.on('close', forget);
    socket.on('disconnect', () => socket.conn.off('close', forget));
  }

  /** The handle of the session that the session middleware finds. */
  async #handleOf(socket: Socket): Promise<string> {
    // A further namespace of a connection whose request is gone.
    const known = sessionOf(socket.conn);
    if (known) return known.handle;
    const request = socket.request as Request | UpgradeRequest;
    // This connection was let in before, and its session has ended since.
    if (request instanceof UpgradeRequest) throw new UnauthenticatedError();
    const found = await sessionOfUpgrade(this.middleware, request);
    if (!found) throw new UnauthenticatedError();
    return found.handle;
  }

  /** The session that a link has, once it was read while this node listened to it. */
  #settle(link: Link, session: Session | null): Session {
    if (!session || link.ended) throw new UnauthenticatedError();
    if (link.session && !isSamePrincipal(link.session.principal, session.principal)) {
      this.links.end(link.handle, 'replaced');
      throw new UnauthenticatedError();
    }
    if (link.session) link.storedUntil = session.idleExpiresAt;
    else this.links.adopt(link, session);
    return link.session ?? session;
  }

  #refuse(
    socket: Socket,
    { error, whose }: { error: unknown; whose: Whose },
    next: (error: Error) => void,
  ): void {
    const body = toErrorBody(error);
    const { code } = body;
    this.diagnostics.tellRefused(socket.request, { code, ...whose, namespace: socket.nsp.name });
    this.stored.local.emit('event', {
      type: 'refused',
      what: 'handshake',
      code,
      ...whose,
    });
    if (error instanceof TooManySocketsError) noteClosing('too many sockets');
    if (!(error instanceof CodedError)) this.#logger.warn(`A handshake failed with ${code}`);
    next(Object.assign(new Error(body.message), { data: body }));
    // The refusal is on its way; a refused client has no business holding the connection open.
    setImmediate(() => {
      closeInTime(socket.conn);
    });
  }
}
