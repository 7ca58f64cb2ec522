import type { SessionData } from 'express-session';
import type { EndCause } from '../session/end-reason.js';
import type { ProviderLogin, ProviderSubject } from '../session/provider-login.js';
import type { RedisClock } from '../redis/redis-clock.js';
import { inBatches } from './in-batches.js';
import type { ProviderIndex } from './provider-index.js';
import type { StoredSessions } from './stored-sessions.js';

const BY_PROVIDER: EndCause = { reason: 'revoked', by: 'provider' };
/** So many entries of one user are more than live sessions account for: those that have ended are taken out. */
const MANY = 100;

/** A session, and the set of the index that it was found in. */
interface Found {
  readonly handle: string;
  readonly in: ProviderSubject;
}

/**
 * Sessions by the login at an identity provider that they came of (`idp` of `Sessions.signIn()`): for what a provider tells of
 * its sessions and users. `nestjs-shared-session/oidc` has the routes that providers call.
 *
 * Every method throws SessionStoreUnavailableError where Redis is out of reach, and may be called again.
 */
export class ProviderSessions {
  constructor(
    private readonly index: ProviderIndex,
    private readonly stored: StoredSessions,
    private readonly clock: Pick<RedisClock, 'now'>,
  ) {}

  /**
   * Ends the sessions that came of one session at the provider or, without `sid`, all of that user's; on every node, as
   * `revoked`. With both, also those of the user that do not know the `sid` they came of. A sign-in that is under way
   * is refused. None is no error.
   */
  async end(subject: ProviderSubject): Promise<void> {
    if (subject.sid !== undefined) await this.index.remember(subject.issuer, subject.sid);
    const found = await this.#find(subject);
    await inBatches(found, ({ handle, in: set }) => this.index.mark(set, handle));
    await inBatches(found, ({ handle }) => this.stored.end(handle, BY_PROVIDER));
    await inBatches(found, ({ handle, in: set }) => this.index.leave(set, handle));
  }

  /**
   * Changes the data of those sessions, live: roles at the provider have changed, say. As `SessionsAdmin.update()`, `change` may
   * run again on fresh data.
   */
  async updateAll(subject: ProviderSubject, change: (data: SessionData) => void): Promise<void> {
    const found = await this.#find(subject);
    await inBatches(found, ({ handle }) => this.stored.updateIfLive(handle, change));
  }

  /** Notes a session that is about to start. Called by `Sessions.signIn()`. */
  async enrol(handle: string, login: ProviderLogin): Promise<void> {
    await this.index.enrol(handle, login);
  }

  /**
   * Notes that the session has started. Called by `Sessions.signIn()`.
   *
   * @param lifetimeMs how long it can live
   * @throws SessionEndedError when the provider has ended its session, or all of the user's, meanwhile
   */
  async confirm(handle: string, login: ProviderLogin, lifetimeMs: number): Promise<void> {
    const count = await this.index.confirm(handle, login, lifetimeMs);
    // What fails here is done by the next sign-in.
    if (count > MANY) await this.#tidy(login).catch(() => undefined);
  }

  /** Takes out what has ended, so that the index does not grow with every sign-in. */
  async #tidy({ issuer, sub }: ProviderLogin): Promise<void> {
    const now = this.clock.now();
    const entries = await this.index.entries({ issuer, sub });
    const old = entries.filter((entry) => entry.expiresAt > 0 && !this.index.isNew(entry, now));
    const stored = await this.stored.readAll(old.map(({ handle }) => handle));
    const over = old.filter((_, index) => !stored[index]);
    await inBatches(over, ({ handle }) => this.index.leave({ issuer, sub }, handle));
  }

  async #find({ issuer, sid, sub }: ProviderSubject): Promise<Found[]> {
    const ofSession = sid === undefined ? [] : await this.#findIn({ issuer, sid });
    if (sub === undefined) return ofSession;
    const ofUser = await this.#findIn({ issuer, sub });
    if (sid === undefined) return ofUser;
    const stored = await this.stored.readAll(ofUser.map(({ handle }) => handle));
    const unnamed = ofUser.filter((_, index) => {
      const data = stored[index]?.data;
      return data && data.sharedSession?.idp?.sid === undefined;
    });
    return [...ofSession, ...unnamed];
  }

  async #findIn(set: ProviderSubject): Promise<Found[]> {
    const entries = await this.index.entries(set);
    return entries.map(({ handle }) => ({ handle, in: set }));
  }
}
