import { EventEmitter } from 'node:events';
import { RedisStore } from 'connect-redis';
import type { Request } from 'express';
import type { Session, SessionData } from 'express-session';
import type { RedisClientType } from 'redis';
import { isSamePrincipal, type Principal } from './principal.js';
import { sessionHandle } from './session-handle.js';
import type { SessionKeys } from './session-keys.js';
import { absoluteEnd, expiryAfterActivity, type SessionLimits } from './session-lifetime.js';
import { mergeSession, type SessionFields } from './session-merge.js';
import { principalOf, type ReadUser } from './session-record.js';
import { encodeSignal, type EndReason } from './session-signal.js';
import {
  END_SESSION,
  ENROL_SESSION,
  READ_SESSION,
  SAVE_SESSION,
  SaveOutcome,
  SESSION_LIFETIMES,
  TOUCH_SESSIONS,
} from './session.scripts.js';
import {
  CodedError,
  SessionEndedError,
  SessionStoreUnavailableError,
} from './shared-session.errors.js';

type Callback<T = void> = (error: unknown, value?: T) => void;

/** A session as it is stored now. */
export interface StoredSession {
  readonly data: SessionData;
  readonly principal: Principal | null;
  /** When it ends without further activity, in ms since the epoch. */
  readonly idleExpiresAt: number;
}

/** A session to prolong. */
export interface ActiveSession {
  readonly sid: string;
  readonly principal: Principal;
  readonly data: Pick<SessionData, 'startedAt'>;
  /** When it was active, in ms since the epoch. */
  readonly activeAt: number;
}

export interface SessionStoreOptions {
  readonly commands: RedisClientType;
  readonly keys: SessionKeys;
  readonly limits: SessionLimits;
  readonly readUser: ReadUser;
}

/**
 * The express-session store. It writes what connect-redis writes, under the same keys, and differs
 * in three things: a session that ended is never written again, concurrent writers are merged
 * instead of overwritten, and every end is signalled to all nodes. Application code needs to know
 * none of it: `req.session.save()`, `destroy()` and `regenerate()` are enough.
 *
 * The life of a record comes from the idle and absolute limits alone, never from `cookie.expires`,
 * which goes stale in long-lived connections.
 *
 * @see https://github.com/tj/connect-redis/issues/328 the race that plain `SET` loses
 */
export class SessionStore extends RedisStore {
  /** Gives a request a new session with a new id, without ending the old one. Set by express-session. */
  declare generate: (request: Request) => void;

  /** Emits `ended` (handle, reason) as soon as this node itself has ended a session. */
  readonly local = new EventEmitter<{ ended: [handle: string, reason: EndReason] }>();

  readonly #commands: RedisClientType;
  readonly #keys: SessionKeys;
  readonly #limits: SessionLimits;
  readonly #readUser: ReadUser;
  /** The JSON that a session object was loaded from, or was last saved as. */
  readonly #loadedFrom = new WeakMap<object, string>();

  constructor({ commands, keys, limits, readUser }: SessionStoreOptions) {
    super({ client: commands, prefix: keys.recordPrefix });
    this.#commands = commands;
    this.#keys = keys;
    this.#limits = limits;
    this.#readUser = readUser;
  }

  // What express-session calls.

  override get(sid: string, callback?: Callback<SessionData | null>): Promise<SessionData | null> {
    return settle(this.#load(sid), callback);
  }

  override set(sid: string, session: SessionData, callback?: Callback): Promise<void> {
    return settle(this.#save(sid, session), callback);
  }

  override touch(sid: string, session: SessionData, callback?: Callback): Promise<void> {
    return settle(this.#touch(sid, session), callback);
  }

  override destroy(sid: string, callback?: Callback): Promise<void> {
    return settle(this.end(sid, 'signed-out'), callback);
  }

  override createSession(request: Request, data: SessionData): Session & SessionData {
    const json = this.#loadedFrom.get(data);
    const session = super.createSession(request, data);
    if (json !== undefined) this.#loadedFrom.set(session, json);
    return session;
  }

  /** Ends the session as `replaced`, then gives the request a new one (never the same id: fixation). */
  override regenerate(request: Request, callback: Callback): void {
    this.end(request.sessionID, 'replaced').then(
      () => {
        this.generate(request);
        process.nextTick(callback);
      },
      (error: unknown) => process.nextTick(callback, error),
    );
  }

  // What the library calls.

  /** Reads a session and its expiry in one command; null where it has ended. */
  async read(sid: string): Promise<StoredSession | null> {
    const found = await this.#ask(READ_SESSION.run(this.#commands, [this.#keys.record(sid)], []));
    const data = found && this.#parse(found[0]);
    if (!data) return null;
    const idleExpiresAt = Date.now() + found[1];
    return { data, principal: this.#principalOf(data), idleExpiresAt };
  }

  /**
   * Changes a session's data where it still exists, running `change` again on fresh data when
   * another writer was faster. Does not prolong the session.
   *
   * @throws SessionEndedError when the session has ended; nothing is written then
   */
  async update(sid: string, change: (data: SessionData) => void): Promise<SessionData> {
    const json = await this.#ask(this.#commands.get(this.#keys.record(sid)));
    if (json === null || !this.#parse(json)) throw new SessionEndedError();
    const changed = await this.#rewrite(sid, json, 'keep', (current) => {
      const data = JSON.parse(current) as SessionData;
      change(data);
      return JSON.stringify(data);
    });
    return JSON.parse(changed) as SessionData;
  }

  /**
   * Ends a session: its commands first (the principal's set authorises them), then its record
   * together with the signal to all nodes. Ending it again is no error.
   */
  async end(sid: string, reason: EndReason): Promise<void> {
    const handle = sessionHandle(sid);
    const before = await this.#principalStored(sid);
    if (before) await this.#dismiss(sid, before);
    const signal = encodeSignal({ type: 'ended', handle, reason });
    const removed = await this.#ask(
      END_SESSION.run(this.#commands, [this.#keys.record(sid)], [this.#keys.signalChannel, signal]),
    );
    this.local.emit('ended', handle, reason);
    // Somebody may have signed in on this very session in between.
    const after = removed === null ? null : this.#principalOf(JSON.parse(removed) as SessionData);
    if (after && !isSamePrincipal(before, after)) await this.#dismiss(sid, after);
  }

  /** Prolongs sessions that were active, in one command; those that ended meanwhile stay ended. */
  async touchAll(sessions: readonly ActiveSession[]): Promise<void> {
    if (sessions.length === 0) return;
    const now = Date.now();
    const keys = sessions.flatMap(({ sid, principal }) => [
      this.#keys.record(sid),
      this.#keys.sessionsOf(principal),
    ]);
    const args = sessions.flatMap(({ sid, data, activeAt }) => {
      const expiry = expiryAfterActivity(data as SessionData, this.#limits, activeAt);
      return [Math.max(1, expiry - now), expiry, sid];
    });
    await this.#ask(TOUCH_SESSIONS.run(this.#commands, keys, args));
  }

  /** Lifetime left of each session in ms, -2 where it is gone; one command. */
  async lifetimes(sids: readonly string[]): Promise<number[]> {
    const keys = sids.map((sid) => this.#keys.record(sid));
    return this.#ask(SESSION_LIFETIMES.run(this.#commands, keys, []));
  }

  /** The ids of a principal's sessions, soonest to expire first. */
  async sessionsOf(principal: Principal): Promise<string[]> {
    const key = this.#keys.sessionsOf(principal);
    return this.#ask(this.#commands.zRange(key, Date.now(), '+inf', { BY: 'SCORE' }));
  }

  /** Whether a save of this session would change anything but its cookie. */
  isModified(session: SessionData): boolean {
    const json = this.#loadedFrom.get(session);
    const content = contentOf(fieldsOf(session));
    if (json === undefined) return content !== contentOf({ startedAt: session.startedAt });
    return content !== contentOf(JSON.parse(json) as SessionFields);
  }

  async #load(sid: string): Promise<SessionData | null> {
    const json = await this.#ask(this.#commands.get(this.#keys.record(sid)));
    const data = json === null ? null : this.#parse(json);
    if (json !== null && data) this.#loadedFrom.set(data, json);
    return data;
  }

  async #save(sid: string, session: SessionData): Promise<void> {
    const mine = JSON.stringify(session);
    const base = this.#loadedFrom.get(session);
    if (base === undefined) {
      await this.#create(sid, session, mine);
    } else {
      await this.#rewrite(sid, base, this.#lifetime(session), (theirs) =>
        theirs === base ? mine : mergedJson(base, mine, theirs),
      );
      await this.#touch(sid, session);
    }
    this.#loadedFrom.set(session, mine);
  }

  async #create(sid: string, session: SessionData, json: string): Promise<void> {
    const expiration = { type: 'PX', value: this.#lifetime(session) } as const;
    await this.#ask(this.#commands.set(this.#keys.record(sid), json, { expiration }));
    const principal = this.#principalOf(session);
    if (principal) await this.#enrol(sid, session, principal);
  }

  /**
   * Compare-and-set until no other writer was faster. Each round one of the writers succeeds, so
   * it ends. A new principal is enrolled before the record says so, and an old one dismissed after:
   * a live session never lacks its rights.
   */
  async #rewrite(
    sid: string,
    loaded: string,
    lifetime: number | 'keep',
    rewrite: (current: string) => string,
  ): Promise<string> {
    const signal = encodeSignal({ type: 'changed', handle: sessionHandle(sid) });
    const key = this.#keys.record(sid);
    let current = loaded;
    for (;;) {
      const next = rewrite(current);
      if (next === current) return current;
      const [before, data] = [JSON.parse(current), JSON.parse(next)] as [SessionData, SessionData];
      const [from, to] = [this.#principalOf(before), this.#principalOf(data)];
      if (to && !isSamePrincipal(from, to)) await this.#enrol(sid, data, to);
      const args = [current, next, lifetime, this.#keys.signalChannel, signal];
      const [outcome, theirs] = await this.#ask(SAVE_SESSION.run(this.#commands, [key], args));
      if (outcome === SaveOutcome.gone) {
        if (to) await this.#dismiss(sid, to);
        throw new SessionEndedError();
      }
      if (outcome === SaveOutcome.saved) {
        if (from && !isSamePrincipal(from, to)) await this.#dismiss(sid, from);
        return next;
      }
      current = theirs;
    }
  }

  async #touch(sid: string, session: SessionData): Promise<void> {
    const principal = this.#principalOf(session);
    if (principal) await this.touchAll([{ sid, principal, data: session, activeAt: Date.now() }]);
    else await this.#ask(this.#commands.pExpire(this.#keys.record(sid), this.#lifetime(session)));
  }

  async #enrol(sid: string, session: SessionData, principal: Principal): Promise<void> {
    const now = Date.now();
    const expiry = expiryAfterActivity(session, this.#limits, now);
    const args = [sid, expiry, now, this.#limits.absoluteMs];
    await this.#ask(ENROL_SESSION.run(this.#commands, [this.#keys.sessionsOf(principal)], args));
  }

  async #dismiss(sid: string, principal: Principal): Promise<void> {
    await this.#ask(this.#commands.zRem(this.#keys.sessionsOf(principal), sid));
  }

  async #principalStored(sid: string): Promise<Principal | null> {
    const json = await this.#ask(this.#commands.get(this.#keys.record(sid)));
    return json === null ? null : this.#principalOf(JSON.parse(json) as SessionData);
  }

  #principalOf(data: SessionData): Principal | null {
    return principalOf(data, this.#readUser);
  }

  #lifetime(session: SessionData): number {
    const now = Date.now();
    return Math.max(1, expiryAfterActivity(session, this.#limits, now) - now);
  }

  /** A record past its absolute end counts as gone, even if Redis has not dropped it yet. */
  #parse(json: string): SessionData | null {
    const data = JSON.parse(json) as SessionData;
    return absoluteEnd(data, this.#limits, Date.now()) > Date.now() ? data : null;
  }

  async #ask<T>(command: Promise<T>): Promise<T> {
    try {
      return await command;
    } catch (cause) {
      throw cause instanceof CodedError ? cause : new SessionStoreUnavailableError(cause);
    }
  }
}

function fieldsOf(session: SessionData): SessionFields {
  return session as unknown as SessionFields;
}

function mergedJson(base: string, mine: string, theirs: string): string {
  const fields = (json: string) => JSON.parse(json) as SessionFields;
  return JSON.stringify(mergeSession(fields(base), fields(mine), fields(theirs)));
}

/** A session's JSON without its cookie, which says how long it lives and not what it is. */
function contentOf(fields: SessionFields): string {
  return JSON.stringify({ ...fields, cookie: undefined });
}

/**
 * Hands a promise's outcome to a callback, where there is one, outside the promise: a callback that
 * throws must neither be called a second time nor become an unhandled rejection.
 */
function settle<T>(work: Promise<T>, callback?: Callback<T>): Promise<T> {
  if (!callback) return work;
  work.then(
    (value) => process.nextTick(callback, null, value),
    (error: unknown) => process.nextTick(callback, error),
  );
  return Promise.resolve(undefined as T);
}
