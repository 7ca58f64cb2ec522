import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnModuleInit,
} from '@nestjs/common';
import { Announcer } from '../diagnostics/announcer.js';
import type { EndCause } from '../session/end-reason.js';
import { isSamePrincipal } from '../session/principal.js';
import { isSameUser } from '../session/same-user.js';
import { withLoadedUser } from '../session/load-user.js';
import { toSession } from '../session/session.js';
import { Sessions } from '../sessions.service.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionSignals } from '../signals/session-signals.js';
import { SignalProbe } from '../signals/signal-probe.js';
import { Subscriptions } from '../signals/subscriptions.js';
import { SessionKeys } from '../store/session-keys.js';
import { RedisClock } from '../redis/redis-clock.js';
import { type StoredSession, StoredSessions } from '../store/stored-sessions.js';
import type { Link } from './link.js';
import { Revalidation } from './revalidation.js';
import { SessionReader } from './session-reader.js';
import { type Holder, tellHolders } from './session-hold.js';
import { SessionActivity } from './session-activity.js';
import { endOf, isNearEnd, tellOfEnd } from './session-expiry.js';
import { SessionLinks } from './session-links.js';
import { SocketPresence } from './socket-presence.js';

const EXPIRED: EndCause = { reason: 'expired', by: 'limit' };
const VANISHED: EndCause = { reason: 'revoked', by: 'node' };
/** How often every session is looked for in Redis, whatever the signals said. */
const SWEEP_MS = 5000;

/**
 * Keeps this node's links in step with their sessions for as long as they live: a change
 * refreshes what the sockets know, activity is written down in time, and a session that expired or
 * vanished is found even if nobody said so.
 */
@Injectable()
export class SessionUpkeep implements OnModuleInit, BeforeApplicationShutdown {
  readonly #logger = new Logger(SessionUpkeep.name);
  readonly #refreshing = new Map<Link, Promise<void>>();
  readonly #revalidation: Revalidation;
  #sweptAt = 0;
  #ticking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly links: SessionLinks,
    private readonly activity: SessionActivity,
    private readonly signals: SessionSignals,
    private readonly probe: SignalProbe,
    private readonly subscriptions: Subscriptions,
    private readonly keys: SessionKeys,
    private readonly presence: SocketPresence,
    private readonly stored: StoredSessions,
    private readonly clock: RedisClock,
    private readonly sessions: Sessions,
    private readonly reader: SessionReader,
    announcer: Announcer,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    const lookAt = this.#lookAt.bind(this);
    this.#revalidation = new Revalidation(stored, announcer, lookAt);
  }

  onModuleInit(): void {
    this.signals.on('changed', (handle) => {
      const link = this.links.get(handle);
      if (link) this.#attempt(this.refresh(link));
    });
    this.links.onHeld((link) => {
      this.#attempt(this.#begin(link));
    });
    this.signals.on('missed', (channels) => {
      this.#attempt(this.#revalidation.run(this.#linksOn(channels)));
    });
    this.probe.onDeafness(
      (shard) => this.#revalidation.run(this.#linksOn(this.subscriptions.channelsOn(shard))),
      (shard) => {
        const channels = this.subscriptions.channelsOn(shard);
        for (const { handle } of this.links.all()) {
          if (channels.has(this.keys.sessionChannel(handle))) this.links.end(handle, 'draining');
        }
      },
    );
    // A warning comes a tenth of a short timeout ahead: some looks must fall into that time. Sessions with a shorter one of
    // their own end in time, and may do so without a warning.
    const interval = Math.min(1000, this.options.limits.idleMs / 40);
    this.#timer = setInterval(() => {
      this.#attempt(this.#tick());
    }, interval);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    // Before the drain: a link that has ended is no longer prolonged.
    await this.activity.flush().catch(() => undefined);
    await this.stored.finishDue().catch(() => undefined);
    this.links.drain();
  }

  /** Whether every session was looked at again since signals may have been missed. */
  get isCaughtUp(): boolean {
    return this.#revalidation.isDone;
  }

  /** Reads a link's session again and passes on what changed. Runs once more if it changed meanwhile. */
  async refresh(link: Link): Promise<void> {
    link.outdated = true;
    // A handshake that is still reading the session looks at `outdated` when it is done.
    if (!link.session || link.ended) return;
    const refreshing = this.#refreshing.get(link) ?? this.#refreshWhileOutdated(link);
    this.#refreshing.set(link, refreshing);
    await refreshing;
  }

  /** Reads the session of what holds it, while this node listens to it: an end before that is seen here, and any other is heard. */
  async #begin(link: Link): Promise<void> {
    await this.signals.inForce(link.handle);
    const session = await this.reader.read(link.handle);
    if (!isAwaited(link)) return;
    if (!session) {
      this.#missed(link);
      return;
    }
    const isOther = ({ principal }: Holder) => !isSamePrincipal(principal, session.principal);
    if ([...link.holders].some(isOther)) this.links.end(link.handle, 'replaced');
    this.links.adopt(link, session);
  }

  async #refreshWhileOutdated(link: Link): Promise<void> {
    try {
      while (link.outdated && !link.ended) {
        link.outdated = false;
        const stored = await this.stored.read(link.handle);
        if (stored) await this.#update(link, stored);
        else this.#missed(link);
      }
    } catch (error) {
      link.outdated = true;
      throw error;
    } finally {
      this.#refreshing.delete(link);
    }
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#retry();
    try {
      const now = this.clock.now();
      await this.activity.flushIfDue(now);
      const sweep = now - this.#sweptAt >= SWEEP_MS;
      if (sweep) this.#sweptAt = now;
      const isDue = (link: Link) => sweep || link.isMissing || isNearEnd(link, now);
      await this.#check(this.links.all().filter(isDue));
    } finally {
      this.#ticking = false;
    }
  }

  /** Tries again what failed, until it succeeds: nobody sends a signal twice. */
  #retry(): void {
    this.#attempt(this.stored.finishDue());
    if (this.#revalidation.isDue) this.#attempt(this.#revalidation.run([]));
    for (const link of this.links.all()) {
      if (link.outdated) this.#attempt(this.refresh(link));
      if (isAwaited(link) && link.holders.size > 0) this.#attempt(this.#begin(link));
    }
  }

  /** Looks for sessions in Redis: ends what is gone, learns of activity elsewhere, warns in time and takes a warning back. */
  async #check(links: readonly Link[]): Promise<void> {
    if (links.length === 0) return;
    const lifetimes = await this.stored.lifetimes(links.map(({ handle }) => handle));
    const now = this.clock.now();
    links.forEach((link, index) => {
      const found = lifetimes[index];
      // One server of a Cluster that is away says nothing of the others' sessions.
      if (found?.status !== 'fulfilled') return;
      const leftMs = found.value;
      if (leftMs < 0) {
        this.#missed(link);
        return;
      }
      link.isMissing = false;
      link.storedUntil = now + leftMs;
      if (!this.activity.isUnwritten(link)) link.session?.prolong(now + leftMs);
      tellOfEnd(link, now);
    });
  }

  /** The links whose sessions or rooms are on these channels. */
  #linksOn(channels: ReadonlySet<string>): Link[] {
    return this.links.all().filter(({ handle, sockets }) => {
      if (channels.has(this.keys.sessionChannel(handle))) return true;
      return [...sockets].some(({ nsp, rooms }) =>
        [...rooms].some((room) => channels.has(this.keys.roomChannel(nsp.name, room))),
      );
    });
  }

  /**
   * Looks at a session, record and all, since signals may have been missed; broadcasts too, so
   * its sockets are told to start over from what the server has.
   */
  async #lookAt(link: Link, found: StoredSession | null): Promise<void> {
    await this.#update(link, found);
    this.presence.report(link);
    this.#startOver(link);
  }

  async #update(link: Link, stored: StoredSession | null): Promise<void> {
    if (!stored) {
      if (link.session && !link.ended) this.#vanished(link);
      return;
    }
    const read = toSession(stored, this.options, this.clock.now());
    const session = await withLoadedUser(read, this.options.loadUser);
    const before = link.session;
    if (!before || link.ended) return;
    if (!session || !isSamePrincipal(session.principal, before.principal)) {
      // Never moved in place: whoever planted the session would be carried along (fixation).
      this.links.end(link.handle, read && !session ? 'revoked' : 'replaced');
      return;
    }
    link.storedUntil = stored.idleExpiresAt;
    if (this.activity.isUnwritten(link)) session.prolong(before.idleExpiresAt);
    link.session = session;
    const { user, publicUser } = session;
    const isNews = !isSameUser(publicUser, before.publicUser);
    for (const socket of link.sockets) {
      socket.data = { ...(socket.data as object), user };
      if (isNews) socket.emit('session:changed', this.sessions.describe(session));
    }
    if (!isNews) return;
    tellHolders(link.holders, 'session:changed', this.sessions.describe(session));
    this.links.change(link);
  }

  #startOver(link: Link): void {
    const { session, sockets, holders, ended } = link;
    if (!session || ended) return;
    const description = this.sessions.describe(session);
    for (const socket of sockets) if (socket.connected) socket.emit('session:ready', description);
    tellHolders(holders, 'session:ready', description);
  }

  /**
   * The record was not there. Whoever ended the session says why, in a signal that comes by another
   * connection and may be on its way: only the next look, if nothing came, takes it for revoked.
   */
  #missed(link: Link): void {
    if (link.isMissing || this.#isOver(link)) this.#vanished(link);
    else link.isMissing = true;
  }

  #vanished(link: Link): void {
    const { session } = link;
    const cause: EndCause = this.#isOver(link) ? EXPIRED : VANISHED;
    this.links.end(link.handle, cause.reason);
    if (session) this.#attempt(this.stored.forget(link.handle, session.principal, cause));
  }

  /** Whether a session that is gone has come to its end by itself. */
  #isOver({ session }: Link): boolean {
    return session !== null && endOf(session).at <= this.clock.now() + 1000;
  }

  #attempt(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#logger.debug(`Upkeep will try again: ${String(error)}`);
    });
  }
}

/** Whether nobody has read the session yet. */
function isAwaited({ ended, session }: Link): boolean {
  return !ended && !session;
}
