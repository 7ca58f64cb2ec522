import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { DisconnectReason } from 'socket.io';
import { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import type { SharedSessionDiagnostics } from '../diagnostics/messages.js';
import type { LinkEnd } from '../links/link.js';
import type { Connection } from '../limits/socket-limits.js';
import type { Session } from '../session/session.js';
import { ClientAddresses } from '../access/client-addresses.js';

const opened = diagnosticsChannel('link.opened');
const closed = diagnosticsChannel('link.closed');
const refused = diagnosticsChannel('handshake.refused');

/** As much of a socket as is told of; a plain WebSocket has its path for a namespace. */
export interface ToldSocket {
  readonly nsp: { readonly name: string };
  readonly request: IncomingMessage;
  readonly conn: Pick<Connection, 'readyState' | 'once'>;
}

/** How a socket came to its end. */
interface Closing {
  readonly session: Session;
  /** As Socket.IO calls it. */
  readonly reason: DisconnectReason;
  /** Why its link ended; null if that has not. */
  readonly end: LinkEnd | null;
}

/** Why a handshake was refused, and whose it was, as far as that is known. */
type HandshakeRefusal = Omit<
  SharedSessionDiagnostics['handshake.refused'],
  'node' | 'at' | 'address'
>;

/** Publishes which sockets come, go and are refused. */
@Injectable()
export class LinkDiagnostics {
  constructor(
    private readonly announcer: Announcer,
    private readonly addresses: ClientAddresses,
  ) {}

  tellOpened({ nsp, request }: ToldSocket, { handle, principal }: Session): void {
    if (!opened.hasSubscribers) return;
    const address = this.addresses.ofUpgrade(request);
    this.announcer.announce(opened, { handle, principal, namespace: nsp.name, address });
  }

  /** Told of a session's end when the connection is closed: the last of what was sent has left by then. */
  tellClosed({ nsp, conn }: ToldSocket, { session, reason, end }: Closing): void {
    if (!closed.hasSubscribers) return;
    const tell = (): void => {
      this.announcer.announce(closed, {
        handle: session.handle,
        principal: session.principal,
        namespace: nsp.name,
        reason: end?.reason ?? reason,
        foundBy: end?.foundBy ?? null,
        revocationMs: end?.askedAt == null ? null : this.announcer.since(end.askedAt),
      });
    };
    if (end && conn.readyState !== 'closed') conn.once('close', tell);
    else tell();
  }

  /** Tells of a handshake that was refused. */
  tellRefused(request: IncomingMessage, refusal: HandshakeRefusal): void {
    if (!refused.hasSubscribers) return;
    const address = this.addresses.ofUpgrade(request);
    this.announcer.announce(refused, { ...refusal, address });
  }

  /** Tells of an upgrade from an origin that is not allowed. */
  tellForeign(request: IncomingMessage): void {
    const nobody = { handle: null, principal: null, namespace: null };
    this.tellRefused(request, { code: 'FORBIDDEN_ORIGIN', ...nobody });
  }
}
