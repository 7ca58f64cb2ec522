import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import type { Request } from 'express';
import { carryReadAgain, carrySession } from '../access/session-carrier.js';
import { toErrorBody } from '../error-body.js';
import { TooManySocketsError } from '../limits/too-many-sockets.error.js';
import type { Link } from '../links/link.js';
import { isSamePrincipal, type Principal } from '../session/principal.js';
import type { Session } from '../session/session.js';
import {
  CodedError,
  SessionStoreUnavailableError,
  UnauthenticatedError,
} from '../shared-session.errors.js';
import { noteClosing } from '../socket/engine/closings.js';
import { sessionOfUpgrade } from '../socket/upgrade-session.js';
import { closeCodeOfError } from './close-codes.js';
import type { Format, SessionWebSocket } from './session-websocket.js';
import type { WsParts } from './ws-parts.js';

/** Connections that one session has on a node, streams included, whatever the application's limits say. */
const MAX_HOLDERS = 50;

/** A connection that asks to be let in. */
interface Arrival {
  readonly client: SessionWebSocket;
  readonly request: IncomingMessage;
}

/** Decides whether a WebSocket gets in, and as whom. */
export class Admission {
  readonly #logger = new Logger(Admission.name);

  constructor(
    private readonly parts: WsParts,
    private readonly format: Format | undefined,
  ) {}

  /**
   * Ties a connection to its session, to which this node listens from then on.
   *
   * @returns the link that it is part of
   * @throws whatever it is to be refused for
   */
  async admit({ client, request }: Arrival): Promise<Link> {
    const { signals, links, middleware, upkeep } = this.parts;
    // Then it does not matter whose session this is, and Redis, which has trouble enough, is not asked.
    if (signals.isAllDeaf) throw new SessionStoreUnavailableError();
    const found = await sessionOfUpgrade(middleware, request as Request);
    if (!found) throw new UnauthenticatedError();
    // A node that hears no signals would not learn of the session's end.
    if (signals.isDeafTo(found.handle)) throw new SessionStoreUnavailableError();
    // Whoever has closed by now is not heard to do so any more.
    if (!client.isOpen()) throw new UnauthenticatedError();
    client.holdBy(links.connect(found, client.end, client.tell.bind(client)), this.format);
    const link = links.get(found.handle);
    if (!link) throw new UnauthenticatedError();
    if (link.holders.size > MAX_HOLDERS) throw new TooManySocketsError();
    await this.#read(link, found.principal);
    if (link.outdated) await upkeep.refresh(link);
    await this.#count({ client, request }, found.principal);
    if (link.ended || !client.isOpen()) throw new UnauthenticatedError();
    carry(link, { client, request });
    carryReadAgain(client, () => upkeep.refresh(link));
    // Needed no longer, and nobody's business.
    delete request.headers.cookie;
    return link;
  }

  /** Tells a client that it is not let in, and whoever observes. */
  refuse({ client, request }: Arrival, error: unknown): void {
    const { code } = toErrorBody(error);
    const whose = { handle: null, principal: null };
    this.parts.diagnostics.tellRefused(request, { code, ...whose, namespace: null });
    this.parts.stored.local.emit('event', { type: 'refused', what: 'handshake', code, ...whose });
    if (error instanceof TooManySocketsError) noteClosing('too many sockets');
    if (!(error instanceof CodedError)) this.#logger.warn(`A handshake failed with ${code}`);
    client.bar(closeCodeOfError(code), code);
  }

  /** The session that counts is read while this node listens to it: an end is seen by this reading, or reaches the link. */
  async #read(link: Link, principal: Principal): Promise<void> {
    await this.parts.signals.inForce(link.handle);
    const session = link.session ?? (await this.parts.reader.read(link.handle));
    if (!session || link.ended || !isSamePrincipal(session.principal, principal)) {
      throw new UnauthenticatedError();
    }
    if (!link.session) this.parts.links.adopt(link, session);
  }

  async #count({ client, request }: Arrival, principal: Principal): Promise<void> {
    const { sockets, events } = this.parts;
    events.prepare(principal);
    const connection = asConnection({ client, request });
    if (!(await sockets.enter(connection, principal))) throw sockets.noRoom(connection, principal);
  }
}

/** What limits and diagnostics ask of a connection. */
export function asConnection({ client, request }: Arrival) {
  return {
    request,
    get readyState() {
      return client.readyState === client.CLOSED ? 'closed' : 'open';
    },
    once: (event: 'close', listener: () => void) => client.once(event, listener),
  };
}

/** Guards and decorators find the session at the client, applications at the request too; none of them once it has ended. */
function carry(link: Link, { client, request }: Arrival): void {
  const current = (): Session | null => (link.ended ? null : link.session);
  carrySession(client, current);
  carrySession(request, current);
}
