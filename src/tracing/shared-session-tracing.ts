import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { operationChannel } from '../shared-session/index.js';
import { SpanStore } from './span-store.js';
import { markFailed, traceOperations } from './spans.js';

const NAME = 'nestjs-shared-session';

export interface TracingOptions {
  /**
   * Whether handshakes and events go on with the trace that a client names in its `auth`, as `{ traceparent }`. Off, since whoever
   * may connect then also chooses what is sampled.
   * @defaultValue false
   */
  readonly fromClients?: boolean;
  /** @defaultValue the global one of OpenTelemetry */
  readonly tracerProvider?: TracerProvider;
}

/**
 * Makes spans, by OpenTelemetry, of handshakes, events, ends of sessions and the scripts that these run in Redis. The end of
 * a session is one trace over all nodes: from the request that asked for it to the sockets that were closed.
 *
 * @example
 * const tracing = SharedSessionTracing.start(); // after OpenTelemetry's SDK
 *
 * @see docs/diagnostics.md for what each span says
 */
export class SharedSessionTracing {
  readonly #fromClients: boolean;
  readonly #tracer: Tracer;
  readonly #stops: (() => void)[];

  private constructor({ fromClients = false, tracerProvider = trace }: TracingOptions) {
    this.#fromClients = fromClients;
    this.#tracer = tracerProvider.getTracer(NAME);
    this.#stops = [
      continueRequests(),
      this.#traceHandshakes(),
      this.#traceEvents(),
      this.#traceScripts(),
      this.#traceEnds(),
      this.#traceCloses(),
    ];
  }

  static start(options: TracingOptions = {}): SharedSessionTracing {
    return new SharedSessionTracing(options);
  }

  /** Makes no more spans. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #traceHandshakes(): () => void {
    return traceOperations(this.#tracer, 'handshake', {
      name: () => 'socket.io handshake',
      options: ({ namespace }) => ({
        kind: SpanKind.SERVER,
        attributes: { 'rpc.system': 'socket.io', 'rpc.service': namespace },
      }),
      parent: ({ traceparent }) => this.#parentOf(traceparent, context.active()),
      ended: ({ handle }, span) => {
        if (handle !== null) span.setAttribute('session.id', handle);
      },
    });
  }

  #traceEvents(): () => void {
    return traceOperations(this.#tracer, 'event', {
      name: ({ event }) => `socket.io ${event}`,
      options: ({ namespace, event, handle }) => ({
        kind: SpanKind.SERVER,
        attributes: {
          'rpc.system': 'socket.io',
          'rpc.service': namespace,
          'rpc.method': event,
          ...(handle !== null && { 'session.id': handle }),
        },
      }),
      // Not the context in which the connection was made, which lasts as long as that.
      parent: ({ traceparent }) => this.#parentOf(traceparent, ROOT_CONTEXT),
      ended: ({ outcome }, span) => {
        if (outcome !== null && outcome !== 'OK') markFailed(span, outcome);
      },
    });
  }

  /** Only within a trace: what nodes do by the clock is none. */
  #traceScripts(): () => void {
    return traceOperations(this.#tracer, 'script', {
      name: ({ script }) => `EVALSHA ${script}`,
      options: ({ script }) => ({
        kind: SpanKind.CLIENT,
        attributes: {
          'db.system.name': 'redis',
          'db.operation.name': 'EVALSHA',
          'db.stored_procedure.name': script,
        },
      }),
      parent: () => {
        const active = context.active();
        return trace.getSpanContext(active) ? active : null;
      },
    });
  }

  #traceEnds(): () => void {
    return traceOperations(this.#tracer, 'end', {
      name: () => 'session end',
      options: ({ handle, reason, by }) => ({
        attributes: {
          'session.id': handle,
          'shared_session.end.reason': reason,
          'shared_session.end.by': by,
        },
      }),
      parent: () => context.active(),
      started: (operation, within) => {
        const carrier: { traceparent?: string } = {};
        propagation.inject(within, carrier);
        operation.traceparent = carrier.traceparent ?? null;
      },
    });
  }

  #traceCloses(): () => void {
    return traceOperations(this.#tracer, 'close', {
      name: () => 'session close',
      options: ({ handle, reason, sockets }) => ({
        kind: SpanKind.CONSUMER,
        attributes: {
          'session.id': handle,
          'shared_session.end.reason': reason,
          'shared_session.sockets': sockets,
        },
      }),
      parent: ({ traceparent }) => continued(traceparent) ?? context.active(),
      isSync: true,
    });
  }

  #parentOf(traceparent: string | null, otherwise: Context): Context {
    return (this.#fromClients ? continued(traceparent) : null) ?? otherwise;
  }
}

/**
 * What requests do belongs to the trace that their `traceparent` names, where nothing has made a span of the request itself, as
 * instrumentation of HTTP does.
 */
function continueRequests(): () => void {
  const { start } = operationChannel('request');
  const store = new SpanStore();
  start.bindStore(store, ({ headers }) => {
    const active = context.active();
    return trace.getSpanContext(active) ? active : propagation.extract(active, headers);
  });
  return () => {
    start.unbindStore(store);
  };
}

function continued(traceparent: string | null): Context | null {
  return traceparent === null ? null : propagation.extract(ROOT_CONTEXT, { traceparent });
}
