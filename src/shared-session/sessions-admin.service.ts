import type { SessionData } from 'express-session';
import type { EndReason } from './session/end-reason.js';
import type { Principal } from './session/principal.js';
import { type SessionDevice, startOf } from './session/session-data.js';
import { absoluteEnd, limitsOf } from './session/session-lifetime.js';
import type { ResolvedOptions } from './shared-session.options.js';
import type { RedisClock } from './redis/redis-clock.js';
import type { StoredSession, StoredSessions } from './store/stored-sessions.js';

/** One of a principal's sessions, as `SessionsAdmin.list()` gives it. */
export interface SessionInfo extends SessionDevice {
  readonly handle: string;
  /** In ms since the epoch. */
  readonly startedAt: number;
  /** In ms since the epoch; up to 15 s behind for events on sockets. */
  readonly lastSeenAt: number;
}

/**
 * What may be done to sessions from anywhere, without a request: by a worker that has neither HTTP nor sockets
 * (`SharedSessionModule.forWorker()`) as by a node, whose `Sessions` is one. What ends here closes the session's sockets
 * on every node.
 */
export class SessionsAdmin {
  // Without decorators: what Nest is told of a base's parameters it takes for those of the class that extends it.
  constructor(
    protected readonly stored: StoredSessions,
    protected readonly clock: RedisClock,
    protected readonly options: Pick<ResolvedOptions, 'limits'>,
  ) {}

  /** Ends one session on every node. Ending it again is no error. */
  async end(handle: string): Promise<void> {
    await this.stored.end(handle, { reason: 'revoked', by: 'application' });
  }

  /** Ends one of a principal's sessions; false if it has none of that handle. */
  endByHandle(principal: Principal, handle: string): Promise<boolean> {
    return this.stored.endOf(principal, handle, { reason: 'revoked', by: 'principal' });
  }

  /**
   * Ends every session of a principal: an account is closed, say. With `suspended` the sockets are told not to come back. Let
   * nobody sign in to the account first, and ask once more in `confirm` of `Sessions.signIn()`: a sign-in may be under way.
   */
  async endAll(principal: Principal, reason: EndReason = 'revoked'): Promise<void> {
    await this.stored.endEvery(principal, { reason, by: 'application' });
  }

  /** A principal's sessions, the newest first. */
  async list(principal: Principal): Promise<SessionInfo[]> {
    const stored = await this.stored.of(principal);
    return stored
      .map((each) => this.#infoOf(each))
      .sort((one, other) => other.startedAt - one.startedAt);
  }

  /** Notes that a guest's belongings have joined the user's. No error if the session has ended meanwhile. */
  async forgetCarriedGuest(handle: string): Promise<void> {
    await this.stored.updateIfLive(handle, (data) => {
      const fields = { ...data.sharedSession };
      delete fields.carriedGuest;
      data.sharedSession = fields;
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
  update(handle: string, change: (data: SessionData) => void): Promise<SessionData> {
    return this.stored.update(handle, change);
  }

  /** Changes the data of all of a principal's sessions, live: a role was taken away, say. */
  async updateAll(principal: Principal, change: (data: SessionData) => void): Promise<void> {
    const stored = await this.stored.of(principal);
    await Promise.all(stored.map(({ handle }) => this.stored.updateIfLive(handle, change)));
  }

  /**
   * Has every node load a user anew, where the option `loadUser` is set: roles in a database have changed, say. Sockets
   * hear `session:changed`, and those of a user who is gone are closed.
   */
  async reloadUser(principal: Principal): Promise<void> {
    const stored = await this.stored.of(principal);
    await Promise.all(stored.map(({ handle }) => this.stored.announceChange(handle)));
  }

  #infoOf({ handle, data, idleExpiresAt }: StoredSession): SessionInfo {
    const { limits } = this.options;
    const startedAt = startOf(data);
    // Near its absolute end a session's expiry no longer tells when it was last active.
    const isCapped = idleExpiresAt >= absoluteEnd(data, limits, this.clock.now()) - 1000;
    const lastSeenAt = isCapped ? startedAt : idleExpiresAt - limitsOf(data, limits).idleMs;
    const { ip = '', userAgent = '' } = data.sharedSession?.device ?? {};
    return { handle, startedAt, lastSeenAt, ip, userAgent };
  }
}
