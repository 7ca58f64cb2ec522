import { setTimeout as pause } from 'node:timers/promises';
import type { RedisClientType } from 'redis';
import type { Principal } from '../session/principal.js';
import type { EndReason, EndTrail } from '../session/end-reason.js';
import { encodeSignal, type SessionSignal } from '../session/signal-codec.js';
import type { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { CommandTimeoutError } from '../redis/command-timeout.js';
import type { Durability } from '../redis/durability.js';
import type { PubSub } from '../redis/pub-sub.js';
import type { SessionKeys } from './session-keys.js';
import {
  ANNOUNCE,
  ENTER_SESSION,
  type EntryState,
  EXTEND_RECORD,
  MARK_ENDING,
  READ_RECORD,
  REMOVE_RECORD,
  REPLACE_RECORD,
  ReplaceOutcome,
} from './session.scripts.js';

const sent = diagnosticsChannel('signal.sent');

/** A record as Redis holds it. */
export interface FoundRecord {
  readonly json: string;
  /** Lifetime left, in ms. */
  readonly leftMs: number;
}

/** A record to write in place of another. */
export interface RecordChange {
  readonly loaded: string;
  readonly next: string;
  /** 0: as it is. */
  readonly lifetimeMs: number;
}

/** What came of it, and the record of the other writer if that was faster. */
export type Replaced = [outcome: number, theirs: string];

/** A session in its principal's set. */
export interface Entry {
  readonly handle: string;
  /** In ms since the epoch, by Redis' clock; 0 while the session is being ended. */
  readonly expiresAt: number;
}

/** Where a session's entry is. */
export interface Membership {
  readonly handle: string;
  readonly principal: Principal;
}

/** What is written into a session's entry. */
export interface Listing {
  /** How long it has rights from now on, in ms; 0: it is listed, and has none. */
  readonly lifetimeMs: number;
  /** The session's idle timeout, in ms: its record lives no longer when its entry has expired. */
  readonly idleMs: number;
  /** Whether an entry is made where there is none. */
  readonly how: 'add' | 'raise';
}

export interface SessionRepositoryOptions {
  readonly client: RedisClientType;
  readonly keys: SessionKeys;
  readonly pubSub: PubSub;
  readonly durability: Durability;
  readonly keysOf: KeysOf;
  readonly announcer: Announcer;
  /** The application's idle timeout, in ms. */
  readonly idleMs: number;
}

/** Names the application's own keys of a principal, with its hash tag. */
export type KeysOf = (principal: Principal) => readonly string[];

const RECONNECT_POLL_MS = 20;
/** Beyond its session's idle timeout, an entry that has expired is kept for this long, in ms. */
const ENTRY_MARGIN_MS = 60_000;

/**
 * Sessions in Redis: one method for each command or script, each on one key, and no decisions.
 *
 * Every method throws SessionStoreUnavailableError while Redis is out of reach.
 */
export class SessionRepository {
  readonly #client: RedisClientType;
  readonly #keys: SessionKeys;
  readonly #pubSub: PubSub;
  readonly #durability: Durability;
  readonly #keysOf: KeysOf;
  readonly #announcer: Announcer;
  /** How long an entry that has expired is kept at least: for as long as most records can live at most, in ms. */
  readonly #entryKeptMs: number;

  constructor({ client, idleMs, ...parts }: SessionRepositoryOptions) {
    this.#client = client;
    this.#keys = parts.keys;
    this.#pubSub = parts.pubSub;
    this.#durability = parts.durability;
    this.#keysOf = parts.keysOf;
    this.#announcer = parts.announcer;
    this.#entryKeptMs = idleMs + ENTRY_MARGIN_MS;
  }

  /** Does what must not be lost once it is acknowledged: it writes to a session's record and its principal's set. */
  surely<T>(handle: string, principal: Principal | null, work: () => Promise<T>): Promise<T> {
    const keys = [this.#keys.record(handle)];
    if (principal) keys.push(this.#keys.sessionsOf(principal));
    return this.#durability.surely(keys, work);
  }

  // The record of a session.

  get(handle: string): Promise<string | null> {
    return ask(this.#client.get(this.#keys.record(handle)));
  }

  /** A record with its lifetime; null if it is gone. */
  async read(handle: string): Promise<FoundRecord | null> {
    const found = await ask(READ_RECORD.run(this.#client, [this.#keys.record(handle)], []));
    return found && { json: found[0], leftMs: found[1] };
  }

  /** Lifetime left of a record in ms; negative if it is gone. */
  lifetime(handle: string): Promise<number> {
    return ask(this.#client.pTTL(this.#keys.record(handle)));
  }

  async create(handle: string, json: string, lifetimeMs: number): Promise<void> {
    const expiration = { type: 'PX', value: lifetimeMs } as const;
    await ask(this.#client.set(this.#keys.record(handle), json, { expiration }));
  }

  /** Replaces a record that still is `loaded`, and signals `changed`. */
  async replace(handle: string, { loaded, next, lifetimeMs }: RecordChange): Promise<Replaced> {
    const signal: SessionSignal = { type: 'changed', handle };
    const args = [loaded, next, lifetimeMs, ...this.#publishing(signal)];
    const replaced = await ask(REPLACE_RECORD.run(this.#client, [this.#keys.record(handle)], args));
    if (replaced[0] === ReplaceOutcome.replaced) this.#tellOf(signal);
    return replaced;
  }

  /** Signals `changed`, although the record is as it was. */
  async announceChange(handle: string): Promise<void> {
    const signal: SessionSignal = { type: 'changed', handle };
    const args = this.#publishing(signal);
    await ask(ANNOUNCE.run(this.#client, [this.#keys.record(handle)], args));
    this.#tellOf(signal);
  }

  /** Prolongs a record; false if it is gone. */
  async extend(handle: string, lifetimeMs: number): Promise<boolean> {
    const key = this.#keys.record(handle);
    return (await ask(EXTEND_RECORD.run(this.#client, [key], [lifetimeMs]))) === 1;
  }

  /** Removes a record and signals `ended`; gives what was removed. */
  async remove(handle: string, reason: EndReason, trail: EndTrail): Promise<string | null> {
    const { askedAt, traceparent } = trail;
    const since = askedAt === null ? {} : { askedAt };
    const within = traceparent === null ? {} : { traceparent };
    const signal: SessionSignal = { type: 'ended', handle, reason, ...since, ...within };
    const args = this.#publishing(signal);
    const removed = await ask(REMOVE_RECORD.run(this.#client, [this.#keys.record(handle)], args));
    this.#tellOf(signal);
    return removed;
  }

  // Its entry in the principal's set.

  /** Lists a session, or raises its expiry; the application's keys live on with it. */
  enter(
    { handle, principal }: Membership,
    { lifetimeMs, idleMs, how }: Listing,
  ): Promise<EntryState> {
    const keptMs = Math.max(this.#entryKeptMs, idleMs + ENTRY_MARGIN_MS);
    const args = [handle, lifetimeMs, how, keptMs, this.#entryKeptMs];
    const keys = [this.#keys.sessionsOf(principal), ...this.#keysOf(principal)];
    return ask(ENTER_SESSION.run(this.#client, keys, args));
  }

  /** Takes a session's rights, and notes that it is being ended. */
  async markEnding({ handle, principal }: Membership): Promise<void> {
    const args = [handle, this.#entryKeptMs];
    await ask(MARK_ENDING.run(this.#client, [this.#keys.sessionsOf(principal)], args));
  }

  /** Takes an entry away; false if there was none. */
  async leave({ handle, principal }: Membership): Promise<boolean> {
    return (await ask(this.#client.zRem(this.#keys.sessionsOf(principal), handle))) > 0;
  }

  /** When a session expires, by its entry; null if it has none. */
  expiryOf({ handle, principal }: Membership): Promise<number | null> {
    return ask(this.#client.zScore(this.#keys.sessionsOf(principal), handle));
  }

  /** How many entries a principal has, those of expired sessions too. */
  count(principal: Principal): Promise<number> {
    return ask(this.#client.zCard(this.#keys.sessionsOf(principal)));
  }

  async entries(principal: Principal): Promise<Entry[]> {
    const found = await ask(this.#client.zRangeWithScores(this.#keys.sessionsOf(principal), 0, -1));
    return found.map(({ value, score }) => ({ handle: value, expiresAt: score }));
  }

  /** Resolves when commands may go through again, after one that failed: at once when a late reply is here. */
  async untilReachable(error: unknown): Promise<void> {
    const { cause } = error instanceof SessionStoreUnavailableError ? error : {};
    if (cause instanceof CommandTimeoutError) await cause.reply;
    while (!this.#client.isReady) await pause(RECONNECT_POLL_MS, undefined, { ref: false });
  }

  #publishing(signal: SessionSignal): string[] {
    const channel = this.#keys.sessionChannel(signal.handle);
    return [this.#pubSub.publishCommand, channel, encodeSignal(signal)];
  }

  #tellOf(signal: SessionSignal): void {
    if (!sent.hasSubscribers) return;
    const { type, handle } = signal;
    const reason = type === 'ended' ? signal.reason : null;
    this.#announcer.announce(sent, { signal: type, handle, reason });
  }
}

/** What a command answers; where it fails, Redis is out of reach. */
export async function ask<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (cause) {
    throw new SessionStoreUnavailableError(cause);
  }
}
