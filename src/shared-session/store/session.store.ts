import { EventEmitter } from 'node:events';
import { RedisStore } from 'connect-redis';
import type { Request } from 'express';
import type { Session as ExpressSession, SessionData } from 'express-session';
import type { RedisClientType } from 'redis';
import { isSamePrincipal, type Principal } from '../session/principal.js';
import { assertUsableUser, principalOf, type ReadUser } from '../session/session-data.js';
import { sessionHandle } from '../session/session-handle.js';
import {
  absoluteEnd,
  expiryAfterActivity,
  type SessionLimits,
} from '../session/session-lifetime.js';
import { mergeSession, type SessionFields } from '../session/session-merge.js';
import type { LoadedSession } from '../session/session.js';
import type { EndReason } from '../session/signal-codec.js';
import { SessionEndedError } from '../shared-session.errors.js';
import type { SessionKeys } from './session-keys.js';
import { type Prolongation, SessionRepository } from './session.repository.js';
import { SaveOutcome } from './session.scripts.js';

type Callback<T = void> = (error: unknown, value?: T) => void;

/** A session as it is stored now. */
export interface StoredSession extends LoadedSession {
  readonly principal: Principal | null;
}

export interface SessionStoreOptions {
  readonly commands: RedisClientType;
  readonly keys: SessionKeys;
  readonly limits: SessionLimits;
  readonly readUser: ReadUser;
}

interface LocalEvents {
  /** This node itself ended a session. */
  ended: [handle: string, reason: EndReason];
  /** This node started or ended one of the principal's sessions. */
  sessions: [principal: Principal];
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

  readonly local = new EventEmitter<LocalEvents>();
  readonly #repository: SessionRepository;
  readonly #limits: SessionLimits;
  readonly #readUser: ReadUser;
  /** The JSON that a session object was loaded from, or was last saved as. */
  readonly #loadedFrom = new WeakMap<object, string>();
  /** New sessions that must not be stored, and why. */
  readonly #refused = new WeakMap<object, () => Error>();

  constructor({ commands, keys, limits, readUser }: SessionStoreOptions) {
    super({ client: commands, prefix: keys.recordPrefix });
    this.#repository = new SessionRepository(commands, keys);
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

  /** Ends every session as `end()` does: their records alone would leave sockets open and commands allowed. */
  override clear(callback?: Callback): Promise<void> {
    return settle(this.#endEvery(), callback);
  }

  override createSession(request: Request, data: SessionData): ExpressSession & SessionData {
    const json = this.#loadedFrom.get(data);
    const session = super.createSession(request, data);
    if (json !== undefined) this.#loadedFrom.set(session, json);
    return session;
  }

  /**
   * Ends the session as `replaced`, and gives the request a new one in any case: code that ignores the
   * error of an end that failed must not go on with the old id, which somebody may have planted (fixation).
   */
  override regenerate(request: Request, callback: Callback): void {
    const replaced = this.end(request.sessionID, 'replaced').finally(() => {
      this.generate(request);
    });
    void settle(replaced, callback);
  }

  // What the library calls.

  /** Reads sessions and their expiries; null for one that has ended. One command for up to 500. */
  async readAll(sids: readonly string[]): Promise<(StoredSession | null)[]> {
    const found = await this.#repository.read(sids);
    const now = Date.now();
    return sids.map((sid, index) => {
      const record = found[index];
      const data = record && this.#parse(record.json);
      if (!data) return null;
      const idleExpiresAt = now + record.leftMs;
      return { sid, data, principal: this.#principalOf(data), idleExpiresAt };
    });
  }

  async read(sid: string): Promise<StoredSession | null> {
    const [stored] = await this.readAll([sid]);
    return stored ?? null;
  }

  /** Lifetime left of a session in ms, negative if it is gone. */
  lifetime(sid: string): Promise<number> {
    return this.#repository.lifetime(sid);
  }

  /** {@link lifetime} of each session. One command for up to 500. */
  lifetimes(sids: readonly string[]): Promise<number[]> {
    return this.#repository.lifetimes(sids);
  }

  /** Prolongs sessions that were active. One command for up to 500. */
  prolong(sessions: readonly Prolongation[]): Promise<void> {
    return this.#repository.prolong(sessions);
  }

  /** Takes the rights of a session whose record is gone without `end()`: deleted in Redis, say. */
  forget(sid: string, principal: Principal): Promise<void> {
    return this.#repository.dismiss(sid, principal);
  }

  /** A principal's live sessions. */
  async sessionsOf(principal: Principal): Promise<StoredSession[]> {
    const stored = await this.readAll(await this.#repository.idsOf(principal));
    return stored.filter((each): each is StoredSession =>
      isSamePrincipal(each?.principal ?? null, principal),
    );
  }

  /**
   * Changes a session's data if it still exists, running `change` again on fresh data when
   * another writer was faster. Does not prolong the session.
   *
   * @throws SessionEndedError when the session has ended; nothing is written then
   */
  async update(sid: string, change: (data: SessionData) => void): Promise<SessionData> {
    const json = await this.#repository.get(sid);
    if (json === null || !this.#parse(json)) throw new SessionEndedError();
    const changed = await this.#rewrite(sid, json, 'keep', (current) => {
      const data = JSON.parse(current) as SessionData;
      change(data);
      assertUsableUser(data, this.#readUser);
      return JSON.stringify(data);
    });
    return JSON.parse(changed) as SessionData;
  }

  /**
   * Ends a session: its rights first, then its record together with the signal to all nodes. Ending it again is no error.
   */
  async end(sid: string, reason: EndReason): Promise<void> {
    const stored = await this.#repository.get(sid);
    const before = stored === null ? null : this.#principalIn(stored);
    if (before) await this.#repository.dismiss(sid, before);
    const removed = await this.#repository.remove(sid, reason);
    this.local.emit('ended', sessionHandle(sid), reason);
    // Somebody may have signed in on this very session in between.
    const after = removed === null ? null : this.#principalIn(removed);
    if (after && !isSamePrincipal(before, after)) await this.#repository.dismiss(sid, after);
    const principal = after ?? before;
    if (principal) this.local.emit('sessions', principal);
  }

  /** Lets saving a new session fail with the error that `refusal` makes. */
  refuse(session: SessionData, refusal: () => Error): void {
    this.#refused.set(session, refusal);
  }

  /** Whether a save of this session would change anything but its cookie. */
  isModified(session: SessionData): boolean {
    const json = this.#loadedFrom.get(session);
    const content = contentOf(session as unknown as SessionFields);
    if (json === undefined) return content !== contentOf({ sharedSession: session.sharedSession });
    return content !== contentOf(JSON.parse(json) as SessionFields);
  }

  async #endEvery(): Promise<void> {
    for (const sid of (await this.ids()) as string[]) await this.end(sid, 'revoked');
  }

  async #load(sid: string): Promise<SessionData | null> {
    const json = await this.#repository.get(sid);
    const data = json === null ? null : this.#parse(json);
    if (json !== null && data) this.#loadedFrom.set(data, json);
    return data;
  }

  async #save(sid: string, session: SessionData): Promise<void> {
    assertUsableUser(session, this.#readUser);
    const mine = JSON.stringify(session);
    const base = this.#loadedFrom.get(session);
    if (base === undefined) {
      const refusal = this.#refused.get(session);
      if (refusal) throw refusal();
      await this.#repository.create(sid, mine, this.#lifetime(session));
      const principal = this.#principalOf(session);
      if (principal) await this.#enrol(sid, session, principal);
    } else {
      const lifetimeMs = this.#lifetime(session);
      await this.#rewrite(sid, base, lifetimeMs, (theirs) =>
        theirs === base ? mine : mergedJson(base, mine, theirs),
      );
      await this.#touch(sid, session);
    }
    this.#loadedFrom.set(session, mine);
  }

  /**
   * Compare-and-set until no other writer was faster. Each round one of the writers succeeds, so
   * it ends. A new principal is enrolled before the record says so, and an old one dismissed after:
   * a live session never lacks its rights.
   */
  async #rewrite(
    sid: string,
    loaded: string,
    lifetimeMs: number | 'keep',
    rewrite: (current: string) => string,
  ): Promise<string> {
    let current = loaded;
    for (;;) {
      const next = rewrite(current);
      if (next === current) return current;
      const [from, to] = [this.#principalIn(current), this.#principalIn(next)];
      const moves = !isSamePrincipal(from, to);
      if (to && moves) await this.#enrol(sid, JSON.parse(next) as SessionData, to);
      const record = { loaded: current, next, lifetimeMs };
      const [outcome, theirs] = await this.#repository.replace(sid, record);
      if (outcome === SaveOutcome.gone) {
        if (to) await this.#repository.dismiss(sid, to);
        throw new SessionEndedError();
      }
      if (outcome === SaveOutcome.saved) {
        if (from && moves) await this.#repository.dismiss(sid, from);
        return next;
      }
      current = theirs;
    }
  }

  async #touch(sid: string, session: SessionData): Promise<void> {
    const expiresAt = this.#expiry(session);
    const principal = this.#principalOf(session);
    if (principal) await this.#repository.prolong([{ sid, principal, expiresAt }]);
    else await this.#repository.prolongAnonymous(sid, this.#lifetime(session));
  }

  async #enrol(sid: string, session: SessionData, principal: Principal): Promise<void> {
    const expiresAt = this.#expiry(session);
    await this.#repository.enrol({ sid, principal, expiresAt }, this.#limits.absoluteMs);
    this.local.emit('sessions', principal);
  }

  #expiry(session: SessionData): number {
    const now = Date.now();
    return Math.max(now + 1, expiryAfterActivity(session, this.#limits, now));
  }

  /** In ms, at least 1: Redis takes no other, and deletes what has none left. */
  #lifetime(session: SessionData): number {
    return Math.max(1, this.#expiry(session) - Date.now());
  }

  #principalOf(data: SessionData): Principal | null {
    return principalOf(data, this.#readUser);
  }

  #principalIn(json: string): Principal | null {
    const data = decode(json);
    return data && this.#principalOf(data);
  }

  /**
   * A record past its absolute end counts as gone, even if Redis has not dropped it yet; and so does one
   * that is none, or a single one would fail every batch that it is in.
   */
  #parse(json: string): SessionData | null {
    const data = decode(json);
    if (!data) return null;
    const now = Date.now();
    return absoluteEnd(data, this.#limits, now) > now ? data : null;
  }
}

/** Reads a record; null for what is none, which somebody else wrote under a session's key. */
function decode(json: string): SessionData | null {
  try {
    const data: unknown = JSON.parse(json);
    return typeof data === 'object' && !Array.isArray(data) ? (data as SessionData | null) : null;
  } catch {
    return null;
  }
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
 * Hands a promise's outcome to a callback, if there is one, outside the promise: a callback that
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
