import { EventEmitter } from 'node:events';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import type { EndReason, EndTrail } from '../session/end-reason.js';
import { decodeSignal, type SessionSignal } from '../session/signal-codec.js';
import { SessionKeys } from '../store/session-keys.js';
import { StoredSessions } from '../store/stored-sessions.js';
import { Subscriptions } from './subscriptions.js';

const OPENING_BRACE = 0x7b;

const heard = diagnosticsChannel('signal.heard');

interface SignalEvents {
  ended: [handle: string, reason: EndReason, trail: EndTrail];
  changed: [handle: string];
  /** Signals and broadcasts on these channels may have been missed: whoever listens there must be looked at. */
  missed: [channels: ReadonlySet<string>];
}

/**
 * What this node hears of sessions that ended or changed, here or on any node. Each session has a channel, to
 * which only those nodes listen that follow it.
 *
 * Redis loses signals for a subscriber whose connection breaks, and tells nobody. A reconnection is
 * seen here, and `SignalProbe` finds the connection that looks alive and delivers nothing.
 */
@Injectable()
export class SessionSignals extends EventEmitter<SignalEvents> implements OnModuleInit {
  readonly #logger = new Logger(SessionSignals.name);

  constructor(
    private readonly stored: StoredSessions,
    private readonly subscriptions: Subscriptions,
    private readonly keys: SessionKeys,
    private readonly announcer: Announcer,
  ) {
    super();
  }

  onModuleInit(): void {
    // What this node ended itself need not travel through Redis first.
    this.stored.local.on('ended', (handle, reason, askedAt) =>
      this.emit('ended', handle, reason, { askedAt, traceparent: null }),
    );
    this.subscriptions.on('missed', (channels) => this.emit('missed', channels));
  }

  /** Listens to a session. What is missed until {@link inForce}, nobody hears. */
  follow(handle: string): void {
    void this.subscriptions.want(this.keys.sessionChannel(handle), this.#receive);
  }

  unfollow(handle: string): void {
    void this.subscriptions.giveBack(this.keys.sessionChannel(handle), this.#receive);
  }

  /**
   * Resolves when this node hears of a session that it follows.
   *
   * @throws SessionStoreUnavailableError when Redis does not confirm within 2 s
   */
  inForce(handle: string): Promise<void> {
    return this.subscriptions.inForce([this.keys.sessionChannel(handle)]);
  }

  /** Whether there is a session that {@link isDeafTo} may be true for. Costs next to nothing. */
  get mayBeDeaf(): boolean {
    return this.subscriptions.mayBeDeaf;
  }

  /** Whether this node has not heard for 10 s of any session. Costs next to nothing. */
  get isAllDeaf(): boolean {
    return this.subscriptions.isAllDeaf;
  }

  /** Whether this node has not heard for 10 s of a session that it follows, or would follow. */
  isDeafTo(handle: string): boolean {
    return this.mayBeDeaf && this.subscriptions.isDeafTo(this.keys.sessionChannel(handle));
  }

  readonly #receive = (message: Buffer): void => {
    // What is emitted to the session's room comes by the same channel, and is no JSON.
    if (message[0] !== OPENING_BRACE) return;
    const signal = decodeSignal(message.toString());
    if (!signal) {
      this.#logger.warn('Ignored a message on a session’s channel that is no signal');
      return;
    }
    if (heard.hasSubscribers) this.#tellOf(signal);
    if (signal.type === 'changed') {
      this.emit('changed', signal.handle);
      return;
    }
    const { handle, reason, askedAt = null, traceparent = null } = signal;
    this.emit('ended', handle, reason, { askedAt, traceparent });
  };

  #tellOf(signal: SessionSignal): void {
    const { type, handle } = signal;
    const { reason = null, askedAt = null } = type === 'ended' ? signal : {};
    const delayMs = askedAt === null ? null : this.announcer.since(askedAt);
    this.announcer.announce(heard, { signal: type, handle, reason, delayMs });
  }
}
