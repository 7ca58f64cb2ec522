import { EventEmitter } from 'node:events';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { SessionKeys } from './session-keys.js';
import { decodeSignal, type EndReason } from './session-signal.js';
import { SessionStore } from './session.store.js';
import { RESOLVED_OPTIONS } from './shared-session.module-definition.js';
import type { ResolvedOptions } from './shared-session.options.js';

interface SignalEvents {
  ended: [handle: string, reason: EndReason];
  changed: [handle: string];
}

/** What this node hears of sessions that ended or changed, here or on any node. */
@Injectable()
export class SessionSignals
  extends EventEmitter<SignalEvents>
  implements OnModuleInit, OnApplicationShutdown
{
  readonly #logger = new Logger(SessionSignals.name);

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
    await this.options.redis.subscriber.subscribe(this.keys.signalChannel, (message) => {
      this.#receive(message);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    const { subscriber } = this.options.redis;
    if (subscriber.isReady) await subscriber.unsubscribe(this.keys.signalChannel);
  }

  #receive(message: string): void {
    const signal = decodeSignal(message);
    if (!signal) this.#logger.warn('Ignored a message on the signal channel that is no signal');
    else if (signal.type === 'ended') this.emit('ended', signal.handle, signal.reason);
    else this.emit('changed', signal.handle);
  }
}
