import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import { sessionOf } from './access/session-carrier.js';
import { type Principal, rulesOf } from './session/principal.js';
import type { SessionDevice } from './session/session-data.js';
import { sessionHandle } from './session/session-handle.js';
import { absoluteEnd } from './session/session-lifetime.js';
import type { Session } from './session/session.js';
import type { EndReason } from './session/signal-codec.js';
import type { SessionDescription } from './shared-session.contract.js';
import { SessionEndedError, UnauthenticatedError } from './shared-session.errors.js';
import { RESOLVED_OPTIONS } from './shared-session.module-definition.js';
import type { ResolvedOptions } from './shared-session.options.js';
import { SessionStore, type StoredSession } from './store/session.store.js';

/** One of a principal's sessions, as `Sessions.list()` gives it. */
export interface SessionInfo extends SessionDevice {
  readonly handle: string;
  /** In ms since the epoch. */
  readonly startedAt: number;
  /** In ms since the epoch; up to 15 s behind for events on sockets. */
  readonly lastSeenAt: number;
}

/** Most sessions that one user may have; the oldest ends when there would be more (ASVS 7.1.2). */
export const MAX_SESSIONS = 20;
const MAX_USER_AGENT = 256;

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

  /** The request's session, or a new guest's if it has none. Sets the cookie in that case. */
  async startGuest(request: Request): Promise<Session> {
    const current = sessionOf(request);
    if (current) return current;
    const { session } = request;
    session.sharedSession = { ...session.sharedSession, guest: { id: randomUUID() } };
    await this.#save(request);
    return this.#currentOf(request);
  }

  /**
   * Signs somebody in on a new session id, and ends the request's previous session as `replaced`.
   * A new id, because whoever planted or saw the old one must not be signed in along with the user
   * (session fixation, ASVS 7.2.4).
   *
   * If a guest signs in, the new session notes the guest in `carriedGuest` until the application
   * has moved the guest's belongings, however often it crashes in between.
   *
   * @param establish writes the user into the new session
   * @returns the new session
   */
  async signIn(request: Request, establish: (session: SessionData) => void): Promise<Session> {
    const previous = sessionOf(request);
    // The new session is stored before the old one ends: a crash in between leaves one too many, not none.
    this.store.generate(request);
    const { session } = request;
    establish(session);
    const guestId = previous && guestOf(previous);
    session.sharedSession = {
      ...session.sharedSession,
      device: deviceOf(request),
      ...(guestId && { carriedGuest: guestId }),
    };
    await this.#save(request);
    if (previous) await this.store.end(previous.sid, 'replaced');
    const current = this.#currentOf(request);
    await this.#endOldest(current);
    return current;
  }

  /** Ends the request's session everywhere. No error if it has none. */
  async signOut(request: Request): Promise<void> {
    const current = sessionOf(request);
    if (current) await this.store.end(current.sid, 'signed-out');
    Reflect.deleteProperty(request, 'session');
  }

  /** Ends one session on every node. Ending it again is no error. */
  async end(sid: string, reason: EndReason = 'revoked'): Promise<void> {
    await this.store.end(sid, reason);
  }

  /** Ends one of a principal's sessions by its public name; false if there is none of that name. */
  async endByHandle(
    principal: Principal,
    handle: string,
    reason: EndReason = 'revoked',
  ): Promise<boolean> {
    const stored = await this.store.sessionsOf(principal);
    const found = stored.find(({ sid }) => sessionHandle(sid) === handle);
    if (found) await this.store.end(found.sid, reason);
    return found !== undefined;
  }

  /** Ends every other session of the request's user. */
  async endOthers(request: Request, reason: EndReason = 'revoked'): Promise<void> {
    const current = this.#currentOf(request);
    const stored = await this.store.sessionsOf(current.principal);
    await this.#endAll(
      stored.filter(({ sid }) => sid !== current.sid),
      reason,
    );
  }

  /** Ends every session of a principal: an account is closed, say. */
  async endAll(principal: Principal, reason: EndReason = 'revoked'): Promise<void> {
    await this.#endAll(await this.store.sessionsOf(principal), reason);
  }

  /** A principal's sessions, the newest first. */
  async list(principal: Principal): Promise<SessionInfo[]> {
    const stored = await this.store.sessionsOf(principal);
    return stored
      .map((each) => this.#infoOf(each))
      .sort((one, other) => other.startedAt - one.startedAt);
  }

  /** The guests whose belongings a user's sessions still carry, and the session of each. */
  async carriedGuests(principal: Principal): Promise<{ sid: string; guestId: string }[]> {
    const stored = await this.store.sessionsOf(principal);
    return stored.flatMap(({ sid, data }) => {
      const guestId = data.sharedSession?.carriedGuest;
      return guestId === undefined ? [] : [{ sid, guestId }];
    });
  }

  /** Notes that a guest's belongings have joined the user's. No error if the session has ended meanwhile. */
  async forgetCarriedGuest(sid: string): Promise<void> {
    const forget = this.store.update(sid, (data) => {
      const fields = { ...data.sharedSession };
      delete fields.carriedGuest;
      data.sharedSession = fields;
    });
    await forget.catch((error: unknown) => {
      if (!(error instanceof SessionEndedError)) throw error;
    });
  }

  /**
   * Changes a session's data. Runs `change` again on fresh data when another writer was faster, so
   * no update is lost; `change` must therefore do nothing but change the data. The way for code
   * that has no request, such as a gateway; does not count as activity.
   *
   * @returns the data as saved
   * @throws SessionEndedError when the session has ended; nothing is written then
   */
  update(sid: string, change: (data: SessionData) => void): Promise<SessionData> {
    return this.store.update(sid, change);
  }

  /** Changes the data of all of a principal's sessions, live: a role was taken away, say. */
  async updateAll(principal: Principal, change: (data: SessionData) => void): Promise<void> {
    const stored = await this.store.sessionsOf(principal);
    const updates = stored.map(async ({ sid }) => {
      await this.store.update(sid, change).catch((error: unknown) => {
        // A session that ended in between needs no change.
        if (!(error instanceof SessionEndedError)) throw error;
      });
    });
    await Promise.all(updates);
  }

  /** Prolongs a session that somebody is at, by the idle timeout and not beyond its absolute end. */
  async extend(session: Session): Promise<void> {
    session.prolong(Date.now() + this.options.limits.idleMs);
    const { sid, principal, idleExpiresAt } = session;
    await this.store.prolong([{ sid, principal, expiresAt: idleExpiresAt }]);
  }

  /**
   * Calls `listener` whenever this node starts or ends a session, or a user's device comes online
   * or goes: with the principal whose list has changed. Guests have none.
   */
  onListChanged(listener: (principal: Principal) => void): void {
    this.store.local.on('sessions', (principal) => {
      if (rulesOf(principal).hasDevices) listener(principal);
    });
  }

  /** What the client may know of a session. */
  describe(session: Session): SessionDescription {
    return {
      principal: session.principal,
      // An interface, which the application extends; the contract's loose object has an index signature.
      user: session.user as SessionDescription['user'],
      handle: session.handle,
      node: this.options.nodeName,
      idleExpiresAt: new Date(session.idleExpiresAt).toISOString(),
      absoluteExpiresAt: new Date(session.absoluteExpiresAt).toISOString(),
    };
  }

  async #endOldest({ principal }: Session): Promise<void> {
    const stored = await this.store.sessionsOf(principal);
    const newestFirst = stored.sort((one, other) => startOf(other.data) - startOf(one.data));
    await this.#endAll(newestFirst.slice(MAX_SESSIONS), 'revoked');
  }

  async #endAll(stored: readonly StoredSession[], reason: EndReason): Promise<void> {
    await Promise.all(stored.map(({ sid }) => this.store.end(sid, reason)));
  }

  #infoOf({ sid, data, idleExpiresAt }: StoredSession): SessionInfo {
    const { limits } = this.options;
    const startedAt = startOf(data);
    // Near its absolute end a session's expiry no longer tells when it was last active.
    const isCapped = idleExpiresAt >= absoluteEnd(data, limits, Date.now()) - 1000;
    const lastSeenAt = isCapped ? startedAt : idleExpiresAt - limits.idleMs;
    const { ip = '', userAgent = '' } = data.sharedSession?.device ?? {};
    return { handle: sessionHandle(sid), startedAt, lastSeenAt, ip, userAgent };
  }

  #save({ session }: Request): Promise<void> {
    return new Promise((resolve, reject) => {
      session.save((error?: Error | null) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #currentOf(request: Request): Session {
    const current = sessionOf(request);
    if (!current) throw new UnauthenticatedError('Nobody was signed in.');
    return current;
  }
}

/** Id of the guest whose belongings go along at a sign-in: who the session speaks for, or still carries. */
function guestOf({ principal, carriedGuest }: Session): string | null {
  return rulesOf(principal).joinsAtSignIn ? principal.id : carriedGuest;
}

/** In ms since the epoch. */
function startOf(data: SessionData): number {
  return data.sharedSession?.startedAt ?? 0;
}

function deviceOf(request: Request): SessionDevice {
  return {
    ip: request.ip ?? '',
    userAgent: (request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
  };
}
