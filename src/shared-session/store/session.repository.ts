import type { RedisClientType } from 'redis';
import type { Principal } from '../session/principal.js';
import { sessionHandle } from '../session/session-handle.js';
import { encodeSignal, type EndReason } from '../session/signal-codec.js';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import type { SessionKeys } from './session-keys.js';
import {
  END_SESSION,
  ENROL_SESSION,
  READ_SESSIONS,
  SAVE_SESSION,
  SESSION_LIFETIMES,
  TOUCH_SESSIONS,
} from './session.scripts.js';

/** A record as Redis holds it. */
export interface FoundRecord {
  readonly json: string;
  /** Lifetime left, in ms. */
  readonly leftMs: number;
}

/** A session to prolong. */
export interface Prolongation {
  readonly sid: string;
  readonly principal: Principal;
  /** In ms since the epoch. */
  readonly expiresAt: number;
}

/** Sessions in one command: enough to save round trips, few enough not to hold Redis up. */
const BATCH = 500;

/**
 * Sessions in Redis: one method for each command or script, and no decisions.
 *
 * Every method throws SessionStoreUnavailableError while Redis is out of reach.
 */
export class SessionRepository {
  constructor(
    private readonly client: RedisClientType,
    private readonly keys: SessionKeys,
  ) {}

  get(sid: string): Promise<string | null> {
    return ask(this.client.get(this.keys.record(sid)));
  }

  /** Reads many records with their lifetimes; null for one that is gone. */
  async read(sids: readonly string[]): Promise<(FoundRecord | null)[]> {
    const replies = await this.#inBatches(sids, (keys) => READ_SESSIONS.run(this.client, keys, []));
    return sids.map((_, index) => {
      const json = String(replies[2 * index]);
      return json === '' ? null : { json, leftMs: Number(replies[2 * index + 1]) };
    });
  }

  /** Lifetime left of a record in ms; negative if it is gone. */
  lifetime(sid: string): Promise<number> {
    return ask(this.client.pTTL(this.keys.record(sid)));
  }

  /** {@link lifetime} of each record. */
  lifetimes(sids: readonly string[]): Promise<number[]> {
    return this.#inBatches(sids, (keys) => SESSION_LIFETIMES.run(this.client, keys, []));
  }

  async create(sid: string, json: string, lifetimeMs: number): Promise<void> {
    const expiration = { type: 'PX', value: lifetimeMs } as const;
    await ask(this.client.set(this.keys.record(sid), json, { expiration }));
  }

  /** Replaces a record that still is `loaded`, and signals `changed`. */
  replace(
    sid: string,
    record: { loaded: string; next: string; lifetimeMs: number | 'keep' },
  ): Promise<[outcome: number, theirs: string]> {
    const signal = encodeSignal({ type: 'changed', handle: sessionHandle(sid) });
    const { loaded, next, lifetimeMs } = record;
    const args = [loaded, next, lifetimeMs, this.keys.signalChannel, signal];
    return ask(SAVE_SESSION.run(this.client, [this.keys.record(sid)], args));
  }

  /** Removes a record and signals `ended`; gives what was removed. */
  remove(sid: string, reason: EndReason): Promise<string | null> {
    const signal = encodeSignal({ type: 'ended', handle: sessionHandle(sid), reason });
    const args = [this.keys.signalChannel, signal];
    return ask(END_SESSION.run(this.client, [this.keys.record(sid)], args));
  }

  /** Prolongs sessions that still exist; those that ended meanwhile stay ended. */
  async prolong(sessions: readonly Prolongation[]): Promise<void> {
    const now = Date.now();
    for (let start = 0; start < sessions.length; start += BATCH) {
      const batch = sessions.slice(start, start + BATCH);
      const keys = batch.flatMap(({ sid, principal }) => [
        this.keys.record(sid),
        this.keys.sessionsOf(principal),
      ]);
      const args = batch.flatMap(({ sid, expiresAt }) => [
        Math.max(1, expiresAt - now),
        expiresAt,
        sid,
      ]);
      await ask(TOUCH_SESSIONS.run(this.client, keys, args));
    }
  }

  /** Prolongs a session that speaks for nobody. */
  async prolongAnonymous(sid: string, lifetimeMs: number): Promise<void> {
    await ask(this.client.pExpire(this.keys.record(sid), lifetimeMs));
  }

  /** Gives a session its rights: to write in its principal's name. */
  async enrol(
    { sid, principal, expiresAt }: Prolongation,
    longestLifetimeMs: number,
  ): Promise<void> {
    const args = [sid, expiresAt, Date.now(), longestLifetimeMs];
    await ask(ENROL_SESSION.run(this.client, [this.keys.sessionsOf(principal)], args));
  }

  /** Takes a session's rights. */
  async dismiss(sid: string, principal: Principal): Promise<void> {
    await ask(this.client.zRem(this.keys.sessionsOf(principal), sid));
  }

  /** The ids of a principal's sessions, soonest to expire first. */
  idsOf(principal: Principal): Promise<string[]> {
    const key = this.keys.sessionsOf(principal);
    return ask(this.client.zRange(key, Date.now(), '+inf', { BY: 'SCORE' }));
  }

  async #inBatches<T>(
    sids: readonly string[],
    run: (keys: string[]) => Promise<T[]>,
  ): Promise<T[]> {
    const batches: Promise<T[]>[] = [];
    for (let start = 0; start < sids.length; start += BATCH) {
      const keys = sids.slice(start, start + BATCH).map((sid) => this.keys.record(sid));
      batches.push(ask(run(keys)));
    }
    return (await Promise.all(batches)).flat();
  }
}

async function ask<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (cause) {
    throw new SessionStoreUnavailableError(cause);
  }
}
