import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import type { CookieOptions, Request } from 'express';
import type { SessionData } from 'express-session';
import { sessionOf } from './access/session-carrier.js';
import { deviceOf } from './http/request-device.js';
import { GuestLimit } from './limits/guest-limit.js';
import { ListChanges } from './links/list-changes.js';
import { expiryOf } from './links/session-expiry.js';
import { isSamePrincipal, type Principal, rulesOf } from './session/principal.js';
import { checkedLogin, type ProviderLogin } from './session/provider-login.js';
import { principalOf, startOf } from './session/session-data.js';
import { sessionHandle } from './session/session-handle.js';
import { absoluteEnd } from './session/session-lifetime.js';
import { type ChosenTerms, chosenTerms, setTerms, termsOf } from './session/session-terms.js';
import type { SessionEvent } from './session/session-event.js';
import type { Session } from './session/session.js';
import type { EndCause } from './session/end-reason.js';
import { SessionsAdmin } from './sessions-admin.service.js';
import type { SessionDescription } from './shared-session.contract.js';
import { CodedError, UnauthenticatedError } from './shared-session.errors.js';
import { RESOLVED_OPTIONS } from './shared-session.module-definition.js';
import type { ResolvedOptions } from './shared-session.options.js';
import { RedisClock } from './redis/redis-clock.js';
import { ProviderSessions } from './store/provider-sessions.js';
import { SessionStore } from './store/session.store.js';
import { StoredSessions } from './store/stored-sessions.js';

const TOO_MANY = 'TOO_MANY_SESSIONS';
const OVER_LIMIT: EndCause = { reason: 'revoked', by: 'limit' };

/** What a sign-in may say beside whom it signs in. */
export interface SignInOptions extends ChosenTerms {
  /**
   * Looks once more, when the new session exists, whether the sign-in still stands: one that races a password change
   * must not outlive it. What it throws takes the sign-in back.
   * @defaultValue it stands
   */
  readonly confirm?: ((session: Session) => Promise<void>) | undefined;
  /**
   * The login at an identity provider that this sign-in comes of, by its ID token: what the provider tells of it later finds the
   * session (`ProviderSessions`). A sign-in whose login has ended there meanwhile is refused.
   * @defaultValue none; with `keepTerms`, that of the request's session, if both are one user's
   */
  readonly idp?: ProviderLogin | undefined;
}

/**
 * Starts, changes and ends sessions. What ends here closes the session's sockets on every node.
 *
 * `req.session.destroy()` and `regenerate()` do the same to the session; this service adds guests,
 * a sign-in that cannot lose the old session before the new one exists, and everything that
 * concerns sessions other than the request's own: that is `SessionsAdmin`, which workers have too.
 */
@Injectable()
export class Sessions extends SessionsAdmin implements BeforeApplicationShutdown {
  readonly #logger = new Logger(Sessions.name);
  readonly #followers: ListChanges[] = [];

  constructor(
    private readonly store: SessionStore,
    stored: StoredSessions,
    clock: RedisClock,
    @Inject(RESOLVED_OPTIONS) protected override readonly options: ResolvedOptions,
    private readonly providers: ProviderSessions,
    private readonly guests: GuestLimit,
  ) {
    super(stored, clock, options);
  }

  /**
   * The request's session, or a new guest's if it has none. Sets the cookie in that case.
   *
   * @throws RateLimitedError when too many guests have come from the request's address
   */
  async startGuest(request: Request): Promise<Session> {
    const current = sessionOf(request);
    if (current) return current;
    await this.guests.take(request);
    const { session } = request;
    const { sharedSession } = session;
    session.sharedSession = { ...sharedSession, guest: { id: randomUUID() } };
    try {
      await this.#save(request);
    } catch (error) {
      // As if nobody had asked: the answer carries no cookie.
      session.sharedSession = sharedSession ?? {};
      throw error;
    }
    return this.#currentOf(request);
  }

  /**
   * Signs somebody in on a new session id, and ends the request's previous session as `replaced`.
   * A new id, because whoever planted or saw the old one must not be signed in along with the user
   * (session fixation, ASVS 7.2.4).
   *
   * Where it fails, nobody is signed in, and the request has its previous session again. Once the new session exists, it
   * does not fail any more: an end that is due then is tried again until it is done.
   *
   * If a guest signs in, the new session notes the guest in `carriedGuest` until the application
   * has moved the guest's belongings, however often it crashes in between.
   *
   * A user who has `maxSessions` already loses the oldest or, with `whenFull: 'refuse'`, is refused.
   *
   * @param establish writes the user into the new session
   * @returns the new session
   * @throws CodedError `TOO_MANY_SESSIONS` with `whenFull: 'refuse'`; SessionEndedError when the provider's session has ended, or all of
   * the user's; RangeError or TypeError naming an option that cannot be, before anything has changed
   *
   * @example
   * const MONTH = 30 * 24 * 3600;
   * const remembered = { persistent: true, idleSeconds: MONTH, absoluteSeconds: 6 * MONTH };
   * await sessions.signIn(request, establish, remember ? remembered : {});
   */
  async signIn(
    request: Request,
    establish: (session: SessionData) => void,
    options: SignInOptions = {},
  ): Promise<Session> {
    const terms = chosenTerms(options, this.options.limits);
    const given = options.idp && checkedLogin(options.idp);
    const previous = sessionOf(request);
    const { session: before, sessionID } = request;
    const refuses = this.options.whenFull === 'refuse';
    let started: Session | null = null;
    try {
      // The new session is stored before the old one ends: a crash in between leaves one too many, not none.
      this.store.generate(request);
      this.#establish(request, previous, establish);
      const isKept = options.keepTerms && this.#isOf(previous?.principal, request.session);
      setTerms(request.session, isKept ? termsOf(before) : terms, this.options.limits);
      const login = given ?? (isKept ? before.sharedSession?.idp : undefined);
      if (login) await this.#enrol(request, login);
      await this.#save(request);
      started = this.#currentOf(request);
      if (login) await this.#confirmLogin(request, login);
      if (refuses) await this.#assertRoom(started, previous);
      await options.confirm?.(started);
    } catch (error) {
      if (started) await this.#endSoon(started, { reason: 'revoked', by: 'node' });
      Object.assign(request, { session: before, sessionID });
      throw error;
    }
    if (previous) {
      const { handle: next } = started;
      await this.#endSoon(previous, { reason: 'replaced', by: 'session', next });
    }
    if (!refuses) await this.#endOldest(started);
    return started;
  }

  /**
   * Notes that the request's user has just proved again who they are: call it when a password, say, was checked. For
   * `@RecentSignIn()`, on every node and for open sockets too.
   *
   * @throws UnauthenticatedError when nobody is signed in; SessionEndedError when the session has ended meanwhile
   */
  async confirmSignIn(request: Request): Promise<void> {
    if (!sessionOf(request)?.user) throw new UnauthenticatedError('Sign in first.');
    const { session } = request;
    const { sharedSession = {} } = session;
    session.sharedSession = { ...sharedSession, authenticatedAt: this.clock.now() };
    try {
      await this.#save(request);
    } catch (error) {
      session.sharedSession = sharedSession;
      throw error;
    }
  }

  /** Ends the request's session everywhere, and takes its cookie out of the browser. No error if it has none. */
  async signOut(request: Request): Promise<void> {
    const current = sessionOf(request);
    // The cookie that the browser has may be that of a sign-in meanwhile.
    if (!current) return;
    const cause = { reason: 'signed-out', by: 'session' } as const;
    await this.stored.end(current.handle, cause, current.principal);
    Reflect.deleteProperty(request, 'session');
    // Not by Clear-Site-Data: "cookies" takes those of every other application on the domain along.
    const { name, ...attributes } = this.options.cookie;
    // An attribute that is not set is undefined, which express-session's types allow and Express's do not.
    request.res?.clearCookie(name, { ...attributes, httpOnly: true } as CookieOptions);
  }

  /** Ends every other session of the request's user. */
  async endOthers(request: Request): Promise<void> {
    const { principal, handle } = this.#currentOf(request);
    await this.stored.endEvery(principal, { reason: 'revoked', by: 'principal' }, handle);
  }

  /** Prolongs a session that somebody is at, by its idle timeout and not beyond its absolute end. */
  async extend(session: Session): Promise<void> {
    session.prolong(this.clock.now() + session.limits.idleMs);
    const { handle, principal, limits, idleExpiresAt: expiresAt } = session;
    await this.stored.prolong([{ handle, principal, limits, expiresAt }]);
  }

  /**
   * Calls `listener` whenever this node starts or ends a session, or a user's device comes online
   * or goes: with the principal whose list has changed. Guests have none. Changes of one principal that come
   * within a second are told together.
   */
  onListChanged(listener: (principal: Principal) => void): void {
    const changes = new ListChanges(listener);
    this.#followers.push(changes);
    this.stored.local.on('sessions', (principal) => {
      if (rulesOf(principal).hasDevices) changes.note(principal);
    });
  }

  /**
   * Calls `listener` for what happens to sessions, for an audit trail: on the node where it happens, once. An end that was cut off
   * half way may be told twice, and is not told if the process ends right then; a session that expires is told by
   * the first node that notices, and one without sockets by none. What `listener` throws or rejects with is logged and harms
   * nothing, and nobody waits for it: a trail that must not miss a sign-in is written where that is handled.
   *
   * @example
   * sessions.onEvent((event) => audit.write(event));
   */
  onEvent(listener: (event: SessionEvent) => unknown): void {
    this.stored.local.on('event', (event) => {
      const told = { at: this.clock.now(), ...event };
      tellOf(told, listener).catch((error: unknown) => {
        this.#logger.error(`A listener to sessions failed at "${event.type}": ${String(error)}`);
      });
    });
  }

  beforeApplicationShutdown(): void {
    for (const changes of this.#followers) changes.close();
  }

  /** What the client may know of a session. */
  describe(session: Session): SessionDescription {
    return {
      principal: session.principal,
      // An interface, which the application extends; the contract's loose object has an index signature.
      user: session.publicUser as SessionDescription['user'],
      handle: session.handle,
      node: this.options.nodeName,
      ...expiryOf(session),
    };
  }

  #establish(
    request: Request,
    previous: Session | null,
    establish: (session: SessionData) => void,
  ): void {
    const { session } = request;
    establish(session);
    const guestId = previous && guestOf(previous);
    session.sharedSession = {
      ...session.sharedSession,
      device: deviceOf(request),
      ...(guestId && { carriedGuest: guestId }),
    };
  }

  /** Before the session is stored: what is not in the provider's list could not be ended there. */
  async #enrol({ session, sessionID }: Request, login: ProviderLogin): Promise<void> {
    session.sharedSession = { ...session.sharedSession, idp: login };
    await this.providers.enrol(sessionHandle(sessionID), login);
  }

  async #confirmLogin({ session, sessionID }: Request, login: ProviderLogin): Promise<void> {
    const now = this.clock.now();
    const lifetimeMs = Math.max(1, absoluteEnd(session, this.options.limits, now) - now);
    await this.providers.confirm(sessionHandle(sessionID), login, lifetimeMs);
  }

  /** Whether a session speaks for that principal. */
  #isOf(principal: Principal | undefined, session: SessionData): boolean {
    return isSamePrincipal(principal ?? null, principalOf(session, this.options.user));
  }

  /** Ends a session now or, if that is not possible, when it is. */
  async #endSoon({ handle, principal }: Session, cause: EndCause): Promise<void> {
    const hasEnded = await this.stored.endSoon(handle, cause, principal);
    if (!hasEnded) this.#logger.warn('Redis is out of reach: a session will be ended later');
  }

  /** Looks when the new session is there: of several at the same time, the last one sees all others. */
  async #assertRoom({ principal, handle }: Session, previous: Session | null): Promise<void> {
    const { maxSessions } = this.options;
    if ((await this.stored.count(principal)) <= maxSessions) return;
    const going = [handle, previous?.handle];
    const others = (await this.stored.of(principal)).filter((each) => !going.includes(each.handle));
    if (others.length < maxSessions) return;
    const at = { handle: previous?.handle ?? null, principal };
    this.stored.local.emit('event', { type: 'refused', what: 'sign-in', code: TOO_MANY, ...at });
    throw new CodedError(TOO_MANY, 'Sign out on another device first.', { status: 409 });
  }

  /** Where it fails, the next sign-in ends one more. */
  async #endOldest({ principal }: Session): Promise<void> {
    const { maxSessions } = this.options;
    try {
      if ((await this.stored.count(principal)) <= maxSessions) return;
      const stored = await this.stored.of(principal);
      const newestFirst = stored.sort((one, other) => startOf(other.data) - startOf(one.data));
      const oldest = newestFirst.slice(maxSessions);
      await Promise.all(oldest.map(({ handle }) => this.stored.end(handle, OVER_LIMIT, principal)));
    } catch (error) {
      this.#logger.warn(`A user has a session too many: ${String(error)}`);
    }
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

/** What the listener throws at once is a rejection too. */
async function tellOf(
  event: SessionEvent,
  listener: (event: SessionEvent) => unknown,
): Promise<void> {
  await listener(event);
}

/** Id of the guest whose belongings go along at a sign-in: who the session speaks for, or still carries. */
function guestOf({ principal, carriedGuest }: Session): string | null {
  return rulesOf(principal).joinsAtSignIn ? principal.id : carriedGuest;
}
