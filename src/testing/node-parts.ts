import type { INestApplication } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { Sessions, SharedSessionConfigError, SignalProbe } from '../shared-session/index.js';
import {
  RESOLVED_OPTIONS,
  SESSION_MIDDLEWARE,
} from '../shared-session/shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session/shared-session.options.js';
import { SessionUpkeep } from '../shared-session/links/session-upkeep.js';
import { StoredSessions } from '../shared-session/store/stored-sessions.js';

export { sessionHandle } from '../shared-session/session/session-handle.js';

/** What the library keeps inside a node, and tests need. */
export interface NodeParts {
  readonly options: ResolvedOptions;
  /** The one express-session. */
  readonly middleware: RequestHandler;
  readonly sessions: Sessions;
  readonly stored: StoredSessions;
  readonly probe: SignalProbe;
  readonly upkeep: SessionUpkeep;
}

/** @throws SharedSessionConfigError when `SharedSessionModule` is not among the application's modules */
export function partsOf(app: INestApplication): NodeParts {
  const inject = { strict: false };
  try {
    return {
      options: app.get<ResolvedOptions>(RESOLVED_OPTIONS, inject),
      middleware: app.get<RequestHandler>(SESSION_MIDDLEWARE, inject),
      sessions: app.get(Sessions, inject),
      stored: app.get(StoredSessions, inject),
      probe: app.get(SignalProbe, inject),
      upkeep: app.get(SessionUpkeep, inject),
    };
  } catch {
    throw new SharedSessionConfigError('The module to test does not import SharedSessionModule.', [
      'Import `SharedSessionModule.forRoot({ … })` in it.',
    ]);
  }
}
