import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import { currentSessionOf, type CurrentSession } from './current-session.js';
import type { Principal } from './principal.js';
import type { SessionUser } from './session-record.js';
import type { EndReason } from './session-signal.js';
import { SessionStore } from './session.store.js';
import { UnauthenticatedError } from './shared-session.errors.js';
import { RESOLVED_OPTIONS } from './shared-session.module-definition.js';
import type { ResolvedOptions } from './shared-session.options.js';

/** A session as the client may see it: `GET /session`, `session:ready` and `session:changed`. */
export interface SessionDescription {
  readonly principal: Principal;
  readonly user: SessionUser | null;
  readonly handle: string;
  /** Name of the node that answers. */
  readonly node: string;
  /** ISO 8601. */
  readonly idleExpiresAt: string;
  /** ISO 8601. */
  readonly absoluteExpiresAt: string;
}

/**
 * Starts, changes and ends sessions. What ends here closes the session's sockets on every node.
 *
 * `req.session.destroy()` and `regenerate()` do the same to the session; this service adds guests,
 * a sign-in that cannot lose the old session before the new one exists, and everything that
 * concerns sessions other than the request's own.
 */
@Injectable()
export class Sessions {
  constructor(
    private readonly store: SessionStore,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** The request's session, or a new guest's where it has none. Sets the cookie in that case. */
  async startGuest(request: Request): Promise<CurrentSession> {
    const current = currentSessionOf(request);
    if (current) return current;
    request.session.guest = { id: randomUUID() };
    await this.#save(request);
    return this.#currentOf(request);
  }

  /**
   * Signs somebody in on a new session id, and ends the request's previous session as `replaced`.
   * A new id, because whoever planted or saw the old one must not be signed in along with the user
   * (session fixation, ASVS 7.2.4).
   *
   * @param establish writes the user into the new session
   * @returns the new session
   */
  async signIn(
    request: Request,
    establish: (session: SessionData) => void,
  ): Promise<CurrentSession> {
    const previous = currentSessionOf(request);
    // The new session is stored before the old one ends: a crash in between leaves one too many, not none.
    this.store.generate(request);
    establish(request.session);
    await this.#save(request);
    if (previous) await this.store.end(previous.sid, 'replaced');
    return this.#currentOf(request);
  }

  /** Ends the request's session everywhere. No error where it has none. */
  async signOut(request: Request): Promise<void> {
    const current = currentSessionOf(request);
    if (current) await this.store.end(current.sid, 'signed-out');
    Reflect.deleteProperty(request, 'session');
  }

  /** Ends one session on every node. Ending it again is no error. */
  async end(sid: string, reason: EndReason = 'revoked'): Promise<void> {
    await this.store.end(sid, reason);
  }

  /** What the client may know of a session. */
  describe(session: CurrentSession): SessionDescription {
    return {
      principal: session.principal,
      user: session.user,
      handle: session.handle,
      node: this.options.nodeName,
      idleExpiresAt: new Date(session.idleExpiresAt).toISOString(),
      absoluteExpiresAt: new Date(session.absoluteExpiresAt).toISOString(),
    };
  }

  #save({ session }: Request): Promise<void> {
    return new Promise((resolve, reject) => {
      session.save((error?: Error | null) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #currentOf(request: Request): CurrentSession {
    const current = currentSessionOf(request);
    if (!current) throw new UnauthenticatedError('Nobody was signed in.');
    return current;
  }
}
