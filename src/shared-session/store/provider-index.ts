import type { RedisClientType } from 'redis';
import type { ProviderLogin, ProviderSubject } from '../session/provider-login.js';
import { SessionEndedError } from '../shared-session.errors.js';
import type { Durability } from '../redis/durability.js';
import type { SessionKeys } from './session-keys.js';
import { ask, type Entry } from './session.repository.js';
import { ENTER_SESSION, EntryState, MARK_ENDING } from './session.scripts.js';

/** How long a sign-in may take from its first write to its last, in ms. */
const SIGN_IN_MS = 60_000;
/** How long an entry is kept when it has expired, in ms. */
const KEPT_MS = 60_000;
/** How long a provider's session that has ended is remembered, in ms: its codes are not redeemed any more then. */
const REMEMBERED_MS = 600_000;
/** Stands among the handles when the provider's session has ended. */
const LOGGED_OUT = 'logged-out';

export interface ProviderIndexOptions {
  readonly client: RedisClientType;
  readonly keys: SessionKeys;
  readonly durability: Durability;
}

/**
 * Which sessions came of which login at an identity provider: two sorted sets, by the session there and by the user
 * there, of the same form as those of a principal. Each is one key; no command touches two.
 *
 *     sign-in   enrol, for a minute ── create session ── confirm: raise, if nobody has marked it
 *                                   ▲ an entry without a session harms nobody; it expires
 *     logout    remember ── mark ── end sessions ── leave
 *                                 ▲ the marks are found by the provider's next try, and refuse whoever is signing in
 *
 * A logout that does not see an entry was before it, and is remembered: the sign-in sees that.
 *
 * Every method throws SessionStoreUnavailableError while Redis is out of reach.
 */
export class ProviderIndex {
  readonly #client: RedisClientType;
  readonly #keys: SessionKeys;
  readonly #durability: Durability;

  constructor({ client, keys, durability }: ProviderIndexOptions) {
    this.#client = client;
    this.#keys = keys;
    this.#durability = durability;
  }

  /** Notes that a session is about to start. */
  async enrol(handle: string, login: ProviderLogin): Promise<void> {
    await Promise.all(
      this.#setsOf(login).map((key) => this.#enter(key, handle, SIGN_IN_MS, 'add')),
    );
  }

  /**
   * Lets the entries of a session that has started live as long as it can.
   *
   * @returns how many entries the user has there
   * @throws SessionEndedError when the provider has ended its session, or all of the user's, meanwhile
   */
  async confirm(handle: string, login: ProviderLogin, lifetimeMs: number): Promise<number> {
    const keys = this.#setsOf(login);
    const states = await this.#durability.surely(keys, () =>
      Promise.all(keys.map((key) => this.#enter(key, handle, lifetimeMs, 'raise'))),
    );
    const isOver = states.some((state) => state !== EntryState.entered);
    if (isOver || (await this.#hasLoggedOut(login))) throw new SessionEndedError();
    return ask(this.#client.zCard(this.#keys.providerSubject(login.issuer, login.sub)));
  }

  /** From here on, no session of that provider's session starts. */
  async remember(issuer: string, sid: string): Promise<void> {
    const key = this.#keys.providerSession(issuer, sid);
    await ask(MARK_ENDING.run(this.#client, [key], [LOGGED_OUT, REMEMBERED_MS]));
  }

  /** The entries of a session there or, without `sid`, of a user. */
  async entries(subject: ProviderSubject): Promise<Entry[]> {
    const found = await ask(this.#client.zRangeWithScores(this.#setOf(subject), 0, -1));
    return found
      .filter(({ value }) => value !== LOGGED_OUT)
      .map(({ value, score }) => ({ handle: value, expiresAt: score }));
  }

  /** Notes that a session is being ended: whoever is still signing in on it is refused. */
  async mark(subject: ProviderSubject, handle: string): Promise<void> {
    await ask(MARK_ENDING.run(this.#client, [this.#setOf(subject)], [handle, REMEMBERED_MS]));
  }

  async leave(subject: ProviderSubject, handle: string): Promise<void> {
    await ask(this.#client.zRem(this.#setOf(subject), handle));
  }

  /** Whether an entry is of a sign-in that may be under way. */
  isNew({ expiresAt }: Entry, now: number): boolean {
    return expiresAt > 0 && expiresAt <= now + SIGN_IN_MS;
  }

  async #hasLoggedOut({ issuer, sid }: ProviderLogin): Promise<boolean> {
    if (sid === undefined) return false;
    const key = this.#keys.providerSession(issuer, sid);
    return (await ask(this.#client.zScore(key, LOGGED_OUT))) !== null;
  }

  #enter(key: string, handle: string, lifetimeMs: number, how: 'add' | 'raise') {
    return ask(ENTER_SESSION.run(this.#client, [key], [handle, lifetimeMs, how, KEPT_MS, KEPT_MS]));
  }

  #setOf(subject: ProviderSubject): string {
    return subject.sid === undefined
      ? this.#keys.providerSubject(subject.issuer, subject.sub)
      : this.#keys.providerSession(subject.issuer, subject.sid);
  }

  #setsOf({ issuer, sid, sub }: ProviderLogin): string[] {
    const ofUser = this.#keys.providerSubject(issuer, sub);
    return sid === undefined ? [ofUser] : [this.#keys.providerSession(issuer, sid), ofUser];
  }
}
