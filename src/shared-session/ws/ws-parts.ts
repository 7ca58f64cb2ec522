import type { INestApplicationContext, Type } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { ClientAddresses } from '../access/client-addresses.js';
import { ClientNetworks } from '../limits/client-networks.js';
import { EventLimits } from '../limits/event-limits.js';
import { HandshakeLimits } from '../limits/handshake-limits.js';
import { SocketLimits } from '../limits/socket-limits.js';
import { SessionLinks } from '../links/session-links.js';
import { SessionReader } from '../links/session-reader.js';
import { SessionUpkeep } from '../links/session-upkeep.js';
import { Sessions } from '../sessions.service.js';
import { RESOLVED_OPTIONS, SESSION_MIDDLEWARE } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionSignals } from '../signals/session-signals.js';
import { LinkDiagnostics } from '../socket/link-diagnostics.js';
import { StoredSessions } from '../store/stored-sessions.js';

/** What letting WebSockets in takes of an application's `SharedSessionModule`. */
export function partsOf(app: INestApplicationContext) {
  const get = <T>(type: Type<T>): T => app.get(type, { strict: false });
  return {
    options: app.get<ResolvedOptions>(RESOLVED_OPTIONS, { strict: false }),
    middleware: app.get<RequestHandler>(SESSION_MIDDLEWARE, { strict: false }),
    addresses: get(ClientAddresses),
    diagnostics: get(LinkDiagnostics),
    events: get(EventLimits),
    handshakes: get(HandshakeLimits),
    links: get(SessionLinks),
    networks: get(ClientNetworks),
    reader: get(SessionReader),
    sessions: get(Sessions),
    signals: get(SessionSignals),
    sockets: get(SocketLimits),
    stored: get(StoredSessions),
    upkeep: get(SessionUpkeep),
  };
}

export type WsParts = ReturnType<typeof partsOf>;
