import { register, type Registry } from 'prom-client';
import { boundedLabel } from './bounded.js';
import { measureEventLoop } from './event-loop.js';
import { Listening } from './listening.js';
import { createMetrics, type Metrics } from './metrics.js';

export interface MetricsOptions {
  /**
   * Where the metrics are kept.
   * @defaultValue the global one of prom-client
   */
  readonly registry?: Registry;
  /**
   * The node whose metrics these are, its option `nodeName`.
   * @defaultValue all nodes and workers of this process
   */
  readonly node?: string;
}

/**
 * Measures what nodes publish, for Prometheus. Start it before they do: sockets that are open already are not counted.
 *
 * @example
 * const metrics = SharedSessionMetrics.start();
 *
 * @see docs/diagnostics.md for what each metric says
 */
export class SharedSessionMetrics {
  readonly #listening: Listening;
  readonly #metrics: Metrics;
  readonly #stopEventLoop: () => void;
  readonly #event = boundedLabel();
  readonly #code = boundedLabel();
  readonly #limit = boundedLabel();
  readonly #script = boundedLabel();

  private constructor({ registry = register, node }: MetricsOptions) {
    this.#metrics = createMetrics(registry);
    this.#stopEventLoop = measureEventLoop(registry);
    this.#listening = new Listening(node);
    this.#measureConnections();
    this.#measureSessions();
    this.#measureSignals();
    this.#measureWork();
  }

  /** @throws Error when the registry has these metrics already */
  static start(options: MetricsOptions = {}): SharedSessionMetrics {
    return new SharedSessionMetrics(options);
  }

  /** Stops measuring; the registry keeps what it has. */
  stop(): void {
    this.#listening.stop();
    this.#stopEventLoop();
  }

  #measureConnections(): void {
    const { connections, handshakes, closings, revocation, lost, cut, sendBuffer } = this.#metrics;
    this.#listening.on('link.opened', () => {
      connections.inc();
      handshakes.inc({ outcome: 'OK' });
    });
    this.#listening.on('handshake.refused', ({ code }) => {
      handshakes.inc({ outcome: this.#code(code) });
    });
    this.#listening.on('link.closed', ({ reason, foundBy, revocationMs }) => {
      connections.dec();
      closings.inc({ reason });
      if (revocationMs !== null) revocation.observe(revocationMs / 1000);
      if (foundBy === 'look' && reason === 'revoked') lost.inc();
    });
    this.#listening.on('connection.cut', ({ reason }) => {
      cut.inc({ reason });
    });
    this.#listening.on('send-buffer.filling', ({ waitingBytes }) => {
      sendBuffer.observe(waitingBytes);
    });
  }

  #measureSessions(): void {
    const { started, ended, signIns, merged, refused } = this.#metrics;
    this.#listening.on('session.started', ({ principal }) => {
      started.inc({ kind: principal.kind });
    });
    this.#listening.on('session.ended', ({ reason, by }) => {
      ended.inc({ reason, by });
    });
    this.#listening.on('sign-in.refused', ({ code }) => {
      signIns.inc({ code: this.#code(code) });
    });
    this.#listening.on('write.merged', () => {
      merged.inc();
    });
    this.#listening.on('write.refused', () => {
      refused.inc();
    });
  }

  #measureSignals(): void {
    const { sent, heard, deaf, silence, revalidated } = this.#metrics;
    this.#listening.on('signal.sent', ({ signal }) => {
      sent.inc({ signal });
    });
    this.#listening.on('signal.heard', ({ signal }) => {
      heard.inc({ signal });
    });
    this.#listening.on('probe.deaf', () => {
      deaf.set(1);
    });
    this.#listening.on('probe.fresh', ({ silentMs }) => {
      deaf.set(0);
      silence.inc(silentMs / 1000);
    });
    this.#listening.on('revalidated', ({ sessions, failed }) => {
      revalidated.inc({ outcome: 'OK' }, sessions - failed);
      revalidated.inc({ outcome: 'failed' }, failed);
    });
  }

  #measureWork(): void {
    const { events, scripts, limits } = this.#metrics;
    this.#listening.on('event.handled', ({ event, outcome, durationMs }) => {
      const labels = { event: this.#event(event ?? 'unknown'), outcome: this.#code(outcome) };
      events.observe(labels, durationMs / 1000);
    });
    this.#listening.on('script.ran', ({ script, outcome, durationMs }) => {
      scripts.observe({ script: this.#script(script), outcome }, durationMs / 1000);
    });
    this.#listening.on('limit.hit', ({ limit }) => {
      limits.inc({ limit: this.#limit(limit) });
    });
  }
}
