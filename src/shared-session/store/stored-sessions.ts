import { EventEmitter } from 'node:events';
import type { SessionData } from 'express-session';
import type { RedisClientType } from 'redis';
import { isSamePrincipal, type Principal } from '../session/principal.js';
import { assertUsableUser, type ReadUser } from '../session/session-data.js';
import { decodeSession } from '../session/session-json.js';
import type { SessionLimits } from '../session/session-lifetime.js';
import type { LoadedSession } from '../session/session.js';
import type { EndCause, EndReason } from '../session/end-reason.js';
import { endEvent, type Untimed } from '../session/session-event.js';
import type { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import { announceSession } from '../diagnostics/session-messages.js';
import { SessionEndedError } from '../shared-session.errors.js';
import { inBatches, settleInBatches } from './in-batches.js';
import type { Durability } from '../redis/durability.js';
import type { PubSub } from '../redis/pub-sub.js';
import type { RedisClock } from '../redis/redis-clock.js';
import { RecordReader } from './record-reader.js';
import type { SessionKeys } from './session-keys.js';
import { type Ended, SessionTransitions } from './session-transitions.js';
import { type Entry, type KeysOf, SessionRepository } from './session.repository.js';

const refused = diagnosticsChannel('write.refused');
const merged = diagnosticsChannel('write.merged');

/** A session as it is stored now. */
export interface StoredSession extends LoadedSession {
  readonly principal: Principal | null;
}

/** A session to prolong. */
export interface Prolongation {
  readonly handle: string;
  readonly principal: Principal;
  readonly limits: SessionLimits;
  /** In ms since the epoch. */
  readonly expiresAt: number;
}

export interface StoredSessionsOptions {
  readonly commands: RedisClientType;
  readonly keys: SessionKeys;
  readonly pubSub: PubSub;
  readonly durability: Durability;
  readonly clock: Pick<RedisClock, 'now'>;
  readonly limits: SessionLimits;
  readonly readUser: ReadUser;
  readonly keysOf: KeysOf;
  readonly announcer: Announcer;
}

interface LocalEvents {
  /** This node itself ended a session; its end was asked for then, by Redis' clock. */
  ended: [handle: string, reason: EndReason, askedAt: number | null];
  /** This node started or ended one of the principal's sessions. */
  sessions: [principal: Principal];
  /** What an audit trail should have. */
  event: [event: Untimed];
}

/** Why a session ends whose end somebody else began. */
const FOUND: EndCause = { reason: 'revoked', by: 'node' };

/**
 * All sessions, by their handles: what the library reads of them and does to them. Nothing here knows an id, nor
 * what express-session calls; that is the `SessionStore`, on top of this.
 */
export class StoredSessions {
  readonly local = new EventEmitter<LocalEvents>();
  readonly #repository: SessionRepository;
  readonly #transitions: SessionTransitions;
  readonly #clock: Pick<RedisClock, 'now'>;
  readonly #records: RecordReader;
  readonly #readUser: ReadUser;
  readonly #announcer: Announcer;
  #finishing = false;

  constructor({ commands, clock, limits, readUser, ...rest }: StoredSessionsOptions) {
    this.#records = new RecordReader({ limits, readUser, clock });
    this.#repository = new SessionRepository({ ...rest, client: commands, idleMs: limits.idleMs });
    this.#transitions = new SessionTransitions(
      this.#repository,
      (json) => this.#records.factsOf(decodeSession(json)),
      {
        ended: (ended) => {
          this.#tellOfEnd(ended);
        },
        merged: (handle) => {
          if (merged.hasSubscribers) rest.announcer.announce(merged, { handle });
        },
      },
    );
    this.#announcer = rest.announcer;
    this.local.on('event', (event) => {
      announceSession(rest.announcer, event);
    });
    this.#clock = clock;
    this.#readUser = readUser;
  }

  // Reading.

  /** A session's record; null if it has ended. */
  async json(handle: string): Promise<string | null> {
    const json = await this.#repository.get(handle);
    return json !== null && this.#records.parse(json) ? json : null;
  }

  /** A session and its expiry; null if it has ended. */
  async read(handle: string): Promise<StoredSession | null> {
    const found = await this.#repository.read(handle);
    const data = found && this.#records.parse(found.json);
    if (!data) return null;
    const idleExpiresAt = this.#clock.now() + found.leftMs;
    return { handle, data, principal: this.#records.principalOf(data), idleExpiresAt };
  }

  readAll(handles: readonly string[]): Promise<(StoredSession | null)[]> {
    return inBatches(handles, (handle) => this.read(handle));
  }

  /** Each session as {@link read} gives it, or why it cannot be read: one server of a Cluster may be away. */
  readEach(handles: readonly string[]): Promise<PromiseSettledResult<StoredSession | null>[]> {
    return settleInBatches(handles, (handle) => this.read(handle));
  }

  /** Lifetime left of each session in ms, negative for one that is gone; or why it cannot be had. */
  lifetimes(handles: readonly string[]): Promise<PromiseSettledResult<number>[]> {
    return settleInBatches(handles, (handle) => this.#repository.lifetime(handle));
  }

  /** How many sessions a principal has, at most: those that expired a while ago count too. */
  count(principal: Principal): Promise<number> {
    return this.#repository.count(principal);
  }

  /** A principal's live sessions. Finishes ends that were cut off. */
  async of(principal: Principal): Promise<StoredSession[]> {
    const entries = await this.#repository.entries(principal);
    const [ending, others] = [entries.filter(isEnding), entries.filter((each) => !isEnding(each))];
    await inBatches(ending, ({ handle }) => this.end(handle, FOUND, principal));
    const stored = await this.readAll(others.map(({ handle }) => handle));
    return stored.filter((each): each is StoredSession =>
      isSamePrincipal(each?.principal ?? null, principal),
    );
  }

  // Writing. What cannot be done throws SessionStoreUnavailableError, and may be tried again.

  /**
   * Starts a session, with a record of its data.
   *
   * @param atMostMs how long it lives, if that is shorter than its activity lets it
   */
  async start(handle: string, data: SessionData, json: string, atMostMs = Infinity): Promise<void> {
    const facts = this.#records.factsOf(data);
    const lifetimeMs = Math.min(this.#records.lifetimeOf(data), atMostMs);
    await this.#transitions.start({ handle, ...facts, lifetimeMs }, json);
    const { principal } = facts;
    if (principal) this.#tellOfStart(handle, principal);
  }

  /**
   * Saves a session, as a sign of activity. `rewrite` makes the record from what is stored, again when another
   * writer was faster.
   *
   * @throws SessionEndedError when the session has ended; nothing is written then
   */
  async save(
    handle: string,
    data: SessionData,
    loaded: string,
    rewrite: (current: string) => string,
  ): Promise<void> {
    await this.#save(handle, loaded, rewrite, this.#records.lifetimeOf(data));
  }

  /** Signals that something of a session has changed that is not in its record. */
  announceChange(handle: string): Promise<void> {
    return this.#repository.announceChange(handle);
  }

  /**
   * Changes a session's data if it still exists, running `change` again on fresh data when
   * another writer was faster. Does not prolong the session.
   *
   * @throws SessionEndedError when the session has ended; nothing is written then
   */
  async update(handle: string, change: (data: SessionData) => void): Promise<SessionData> {
    const json = await this.json(handle);
    if (json === null) throw this.refusal(handle);
    const rewrite = (current: string): string => {
      const data = JSON.parse(current) as SessionData;
      change(data);
      assertUsableUser(data, this.#readUser);
      return JSON.stringify(data);
    };
    return JSON.parse(await this.#save(handle, json, rewrite, 0)) as SessionData;
  }

  /** {@link update} for what a session that has ended meanwhile does not need. */
  async updateIfLive(handle: string, change: (data: SessionData) => void): Promise<void> {
    await this.update(handle, change).catch((error: unknown) => {
      if (!(error instanceof SessionEndedError)) throw error;
    });
  }

  /** Tells that a session that has ended was to be written. */
  refusal(handle: string): SessionEndedError {
    if (refused.hasSubscribers) this.#announcer.announce(refused, { handle });
    return new SessionEndedError();
  }

  /** Notes that a session was active; nothing if it has ended. */
  async touch(handle: string, data: SessionData): Promise<void> {
    const lifetimeMs = this.#records.lifetimeOf(data);
    await this.#transitions.prolong({ handle, ...this.#records.factsOf(data), lifetimeMs });
  }

  /** Prolongs sessions that were active, and finishes ends that were cut off. */
  async prolong(sessions: readonly Prolongation[]): Promise<void> {
    await inBatches(sessions, ({ handle, principal, limits, expiresAt }) => {
      const lifetimeMs = Math.max(1, expiresAt - this.#clock.now());
      return this.#transitions.prolong({ handle, principal, lifetimeMs, idleMs: limits.idleMs });
    });
  }

  /**
   * Takes the rights of a session whose record is gone without `end()`: it has expired, or was deleted in Redis. Of the
   * nodes that notice, the first one tells of it.
   */
  async forget(handle: string, principal: Principal, cause: EndCause): Promise<void> {
    const isFirst = await this.#repository.leave({ handle, principal });
    if (isFirst) this.local.emit('event', endEvent({ handle, principal }, cause));
  }

  /**
   * Ends a session. Ending it again is no error.
   *
   * @param principal whom it speaks for, if the caller knows
   */
  async end(handle: string, cause: EndCause, principal?: Principal): Promise<void> {
    const askedAt = this.#clock.now();
    const whose = principal ?? this.#records.principalIn(await this.#repository.get(handle));
    await this.#transitions.end({ handle, principal: whose, cause, askedAt });
  }

  /** Ends a session now or, if that is not possible, when it is. False in the latter case. */
  async endSoon(handle: string, cause: EndCause, principal: Principal): Promise<boolean> {
    const ending = { handle, cause, principal, askedAt: this.#clock.now() };
    return this.#transitions.end(ending).then(
      () => true,
      () => {
        this.#transitions.remember(ending);
        return false;
      },
    );
  }

  /** Ends one of a principal's sessions; false if it has none of that handle. */
  async endOf(principal: Principal, handle: string, cause: EndCause): Promise<boolean> {
    const expiresAt = await this.#repository.expiryOf({ handle, principal });
    if (expiresAt === null) return false;
    const stored = await this.read(handle);
    if (!this.#isToEnd({ handle, expiresAt }, stored, principal)) return false;
    await this.end(handle, cause, principal);
    return true;
  }

  /**
   * Ends all of a principal's sessions but one, those too whose start or end is under way. What a session has left behind
   * that went over to somebody else goes too.
   */
  async endEvery(principal: Principal, cause: EndCause, except?: string): Promise<void> {
    const entries = await this.#repository.entries(principal);
    const others = entries.filter(({ handle }) => handle !== except);
    const stored = await this.readAll(others.map(({ handle }) => handle));
    const found = others.map((entry, index) => ({ entry, session: stored[index] ?? null }));
    await inBatches(found, async ({ entry, session }) => {
      const { handle } = entry;
      if (this.#isToEnd(entry, session, principal)) await this.end(handle, cause, principal);
      else if (this.#hasRights(entry)) await this.#repository.leave({ handle, principal });
    });
  }

  /** Tries again to finish the ends that this node began. */
  async finishDue(): Promise<void> {
    if (this.#finishing) return;
    this.#finishing = true;
    try {
      const ends = this.#transitions.due();
      await inBatches(ends, (ending) => this.#transitions.end(ending));
    } finally {
      this.#finishing = false;
    }
  }

  /** Not one that has long expired, nor one that has gone over to somebody else. */
  #isToEnd(entry: Entry, stored: StoredSession | null, principal: Principal): boolean {
    if (stored) return isSamePrincipal(stored.principal, principal);
    return isEnding(entry) || this.#hasRights(entry);
  }

  #hasRights({ expiresAt }: Entry): boolean {
    return expiresAt > this.#clock.now();
  }

  async #save(
    handle: string,
    loaded: string,
    rewrite: (current: string) => string,
    lifetimeMs: number,
  ): Promise<string> {
    const saving = this.#transitions.save({ handle, loaded, rewrite, lifetimeMs });
    const saved = await saving.catch((error: unknown) => {
      throw error instanceof SessionEndedError ? this.refusal(handle) : error;
    });
    const [from, to] = [this.#records.principalIn(loaded), this.#records.principalIn(saved)];
    if (to && !isSamePrincipal(from, to)) this.#tellOfStart(handle, to);
    else if (to && saved !== loaded) {
      this.local.emit('event', { type: 'changed', handle, principal: to });
    }
    return saved;
  }

  #tellOfStart(handle: string, principal: Principal): void {
    this.local.emit('sessions', principal);
    this.local.emit('event', { type: 'started', handle, principal });
  }

  #tellOfEnd({ handle, principal, cause, askedAt, isNews }: Ended): void {
    this.local.emit('ended', handle, cause.reason, askedAt);
    if (!principal) return;
    this.local.emit('sessions', principal);
    if (isNews) this.local.emit('event', endEvent({ handle, principal }, cause));
  }
}

function isEnding({ expiresAt }: Entry): boolean {
  return expiresAt === 0;
}
