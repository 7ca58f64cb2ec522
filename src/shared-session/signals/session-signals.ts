import { EventEmitter } from 'node:events';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { EndReason } from '../session/end-reason.js';
import { decodeSignal } from '../session/signal-codec.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionKeys } from '../store/session-keys.js';
import { StoredSessions } from '../store/stored-sessions.js';
import { Subscriptions } from './subscriptions.js';

const OPENING_BRACE = 0x7b;

interface SignalEvents {
  ended: [handle: string, reason: EndReason];
  changed: [handle: string];
  /** Signals may have been missed: every session must be looked at before this node is fresh again. */
  missed: [];
}

/**
 * What this node hears of sessions that ended or changed, here or on any node. Each session has a channel, to
 * which only those nodes listen that follow it.
 *
 * Redis loses signals for a subscriber whose connection breaks, and tells nobody. A reconnection is
 * seen here, and `SignalProbe` finds the connection that looks alive and delivers nothing.
 */
@Injectable()
export class SessionSignals
  extends EventEmitter<SignalEvents>
  implements OnModuleInit, OnApplicationShutdown
{
  readonly #logger = new Logger(SessionSignals.name);
  readonly #missed = (): void => {
    this.emit('missed');
  };

  constructor(
    private readonly stored: StoredSessions,
    private readonly subscriptions: Subscriptions,
    private readonly keys: SessionKeys,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    super();
  }

  onModuleInit(): void {
    // What this node ended itself need not travel through Redis first.
    this.stored.local.on('ended', (handle, reason) => this.emit('ended', handle, reason));
    this.options.redis.subscriber.on('ready', this.#missed);
  }

  onApplicationShutdown(): void {
    this.options.redis.subscriber.off('ready', this.#missed);
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

  readonly #receive = (message: Buffer): void => {
    // What is emitted to the session's room comes by the same channel, and is no JSON.
    if (message[0] !== OPENING_BRACE) return;
    const signal = decodeSignal(message.toString());
    if (!signal) this.#logger.warn('Ignored a message on a session’s channel that is no signal');
    else if (signal.type === 'ended') this.emit('ended', signal.handle, signal.reason);
    else this.emit('changed', signal.handle);
  };
}
