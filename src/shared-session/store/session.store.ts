import { RedisStore } from 'connect-redis';
import type { Request } from 'express';
import type { Session as ExpressSession, SessionData } from 'express-session';
import type { EndCause } from '../session/end-reason.js';
import { assertUsableUser, type ReadUser } from '../session/session-data.js';
import { sessionHandle } from '../session/session-handle.js';
import { contentOf, decodeSession, mergeJson } from '../session/session-json.js';
import type { SessionFields } from '../session/session-merge.js';
import { SessionEndedError } from '../shared-session.errors.js';
import type { LegacyRecords } from './legacy-records.js';
import type { RedisClock } from '../redis/redis-clock.js';
import type { SessionKeys } from './session-keys.js';
import type { StoredSessions } from './stored-sessions.js';
import type { RedisClientType } from 'redis';

const BY_ITSELF: EndCause = { reason: 'signed-out', by: 'session' };
const REGENERATED: EndCause = { reason: 'replaced', by: 'session' };
const CLEARED: EndCause = { reason: 'revoked', by: 'application' };

type Callback<T = void> = (error: unknown, value?: T) => void;

export interface SessionStoreOptions {
  readonly commands: RedisClientType;
  readonly keys: SessionKeys;
  readonly sessions: StoredSessions;
  readonly clock: Pick<RedisClock, 'now'>;
  readonly readUser: ReadUser;
  /** Where records of connect-redis are, if any are to be taken over. */
  readonly legacy?: LegacyRecords | undefined;
}

/**
 * The express-session store. It writes what connect-redis writes, and differs in four things: a record's key holds the
 * session's handle instead of its id, a session that ended is never written again, concurrent writers are merged
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

  readonly #sessions: StoredSessions;
  readonly #clock: Pick<RedisClock, 'now'>;
  readonly #readUser: ReadUser;
  readonly #legacy: LegacyRecords | undefined;
  /** The JSON that a session object was loaded from, or was last saved as. */
  readonly #loadedFrom = new WeakMap<object, string>();
  /** Sessions that were generated and not saved yet, each with what refuses to store it, if anything does. */
  readonly #new = new WeakMap<object, (() => Error) | null>();
  /** Sessions that were started, and not saved since. */
  readonly #started = new WeakSet<object>();
  /** The save of a session object that is under way: the next one builds on it. */
  readonly #saving = new WeakMap<object, Promise<void>>();

  constructor({ commands, keys, sessions, clock, readUser, legacy }: SessionStoreOptions) {
    super({ client: commands, prefix: keys.recordPrefix });
    this.#sessions = sessions;
    this.#clock = clock;
    this.#readUser = readUser;
    this.#legacy = legacy;
  }

  // What express-session calls.

  override get(sid: string, callback?: Callback<SessionData | null>): Promise<SessionData | null> {
    return settle(this.#load(sid), callback);
  }

  override set(sid: string, session: SessionData, callback?: Callback): Promise<void> {
    return settle(this.#saveInTurn(sid, session), callback);
  }

  override touch(sid: string, session: SessionData, callback?: Callback): Promise<void> {
    return settle(this.#sessions.touch(sessionHandle(sid), session), callback);
  }

  override destroy(sid: string, callback?: Callback): Promise<void> {
    return settle(this.#sessions.end(sessionHandle(sid), BY_ITSELF), callback);
  }

  /** Ends every session as `destroy()` does: their records alone would leave sockets open and commands allowed. */
  override clear(callback?: Callback): Promise<void> {
    return settle(this.#endEvery(), callback);
  }

  /** The handles of all sessions: Redis knows no ids. */
  override ids(callback?: Callback<string[]>): Promise<string[]> {
    return settle(this.#handles(), callback);
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
    const handle = sessionHandle(request.sessionID);
    const replaced = this.#sessions.end(handle, REGENERATED).finally(() => {
      this.generate(request);
    });
    void settle(replaced, callback);
  }

  // What the session middleware calls.

  /**
   * Lets a session that was just generated be created, and notes when it started: the absolute lifetime counts
   * from then. No other session is ever created: a copy of one that has ended would bring it back.
   *
   * @param refusal makes the error that storing it fails with, if it must not be stored
   */
  expectNew(session: SessionData, refusal: (() => Error) | null): void {
    session.sharedSession = { startedAt: this.#clock.now() };
    this.#new.set(session, refusal);
  }

  /** Whether a save of this session would change anything but its cookie. */
  isModified(session: SessionData): boolean {
    const json = this.#loadedFrom.get(session);
    const content = contentOf(session as unknown as SessionFields);
    if (json === undefined) return content !== contentOf({ sharedSession: session.sharedSession });
    return content !== contentOf(JSON.parse(json) as SessionFields);
  }

  async #load(sid: string): Promise<SessionData | null> {
    const handle = sessionHandle(sid);
    const json = (await this.#sessions.json(handle)) ?? (await this.#adopt(sid, handle));
    if (json === null) return null;
    const data = JSON.parse(json) as SessionData;
    this.#loadedFrom.set(data, json);
    return data;
  }

  /** Takes over a session that connect-redis has written; it counts as started now. */
  async #adopt(sid: string, handle: string): Promise<string | null> {
    const legacy = this.#legacy;
    const found = legacy ? await legacy.take(sid) : null;
    if (!legacy || found === null) return null;
    if (found === 'moving') return legacy.awaitMoved(() => this.#sessions.json(handle));
    const data = decodeSession(found.json);
    if (!data) return null;
    // Nobody has shown a password for it here.
    const unproven = { startedAt: this.#clock.now(), authenticatedAt: 0 };
    data.sharedSession = { ...unproven, ...data.sharedSession };
    const json = JSON.stringify(data);
    await this.#sessions.start(handle, data, json, found.leftMs);
    return json;
  }

  /** One save of a session object after the other: the second must know that the first created it. */
  async #saveInTurn(sid: string, session: SessionData): Promise<void> {
    assertUsableUser(session, this.#readUser);
    const mine = JSON.stringify(session);
    const before = this.#saving.get(session) ?? Promise.resolve();
    const saving = before.then(() => this.#save(sessionHandle(sid), session, mine));
    this.#saving.set(
      session,
      saving.catch(() => undefined),
    );
    await saving;
  }

  async #save(handle: string, session: SessionData, mine: string): Promise<void> {
    const refusal = this.#new.get(session);
    if (refusal) throw refusal();
    if (this.#new.has(session)) {
      await this.#start(handle, session, mine);
    } else if (this.#started.delete(session) && mine === this.#loadedFrom.get(session)) {
      // express-session saves what somebody else has generated and saved once more.
      return;
    } else {
      const base = this.#loadedFrom.get(session) ?? (await this.#sessions.json(handle));
      if (base === null) throw this.#sessions.refusal(handle);
      await this.#sessions.save(handle, session, base, (theirs) =>
        theirs === base ? mine : mergeJson(base, mine, theirs),
      );
    }
    this.#loadedFrom.set(session, mine);
  }

  /** Whatever becomes of it, the session's id is never used for another try. */
  async #start(handle: string, session: SessionData, mine: string): Promise<void> {
    this.#new.set(session, () => new SessionEndedError());
    await this.#sessions.start(handle, session, mine);
    this.#new.delete(session);
    this.#started.add(session);
  }

  async #handles(): Promise<string[]> {
    // connect-redis takes off what is in front of `{<handle>}`.
    return ((await super.ids()) as string[]).map((tag) => tag.slice(1, -1));
  }

  async #endEvery(): Promise<void> {
    for (const handle of await this.#handles()) await this.#sessions.end(handle, CLEARED);
  }
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
