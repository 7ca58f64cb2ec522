import { EventEmitter } from 'node:events';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { decodeSignal, type EndReason } from '../session/signal-codec.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { SessionKeys } from '../store/session-keys.js';
import { SessionStore } from '../store/session.store.js';

interface SignalEvents {
  ended: [handle: string, reason: EndReason];
  changed: [handle: string];
  /** Signals may have been missed: every session must be looked at before this node is fresh again. */
  missed: [];
}

/**
 * What this node hears of sessions that ended or changed, here or on any node.
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
    private readonly store: SessionStore,
    private readonly keys: SessionKeys,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    // What this node ended itself need not travel through Redis first.
    this.store.local.on('ended', (handle, reason) => this.emit('ended', handle, reason));
    const { subscriber } = this.options.redis;
    await subscriber.subscribe(this.keys.signalChannel, (message) => {
      this.#receive(message);
    });
    subscriber.on('ready', this.#missed);
  }

  async onApplicationShutdown(): Promise<void> {
    const { subscriber } = this.options.redis;
    subscriber.off('ready', this.#missed);
    if (subscriber.isReady) await subscriber.unsubscribe(this.keys.signalChannel);
  }

  #receive(message: string): void {
    const signal = decodeSignal(message);
    if (!signal) this.#logger.warn('Ignored a message on the signal channel that is no signal');
    else if (signal.type === 'ended') this.emit('ended', signal.handle, signal.reason);
    else this.emit('changed', signal.handle);
  }
}
