import { Inject, Injectable } from '@nestjs/common';
import { RedisClock } from '../redis/redis-clock.js';
import { withLoadedUser } from '../session/load-user.js';
import { type Session, toSession } from '../session/session.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { StoredSessions } from '../store/stored-sessions.js';

/** Reads a session with its user as the application knows them now. */
@Injectable()
export class SessionReader {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly stored: StoredSessions,
    private readonly clock: RedisClock,
  ) {}

  /** Null for a session that is over, speaks for nobody, or for a user who is gone. */
  async read(handle: string): Promise<Session | null> {
    const stored = await this.stored.read(handle);
    const session = stored && toSession(stored, this.options, this.clock.now());
    return withLoadedUser(session, this.options.loadUser);
  }
}
