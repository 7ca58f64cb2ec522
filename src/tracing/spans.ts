import { subscribe, type TracingChannel, unsubscribe } from 'node:diagnostics_channel';
import {
  type Context,
  context,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import {
  operationChannel,
  type OperationName,
  type SharedSessionOperations,
} from '../shared-session/index.js';
import { SpanStore } from './span-store.js';

/** What is no fault of whoever asked. */
const FAULTS = new Set(['INTERNAL', 'UNAVAILABLE']);

/** How one kind of operation becomes a span. */
export interface Kind<Operation> {
  readonly name: (operation: Operation) => string;
  readonly options: (operation: Operation) => SpanOptions;
  /** In which trace it is; null: it gets no span. */
  readonly parent: (operation: Operation) => Context | null;
  /** Called when the span is the active one there. */
  readonly started?: (operation: Operation, within: Context) => void;
  /** What is known at its end. */
  readonly ended?: (operation: Operation, span: Span) => void;
  /** Whether it is over when its function returns. */
  readonly isSync?: true;
}

/** Makes a span of each operation of a kind, and has it run in that. Returns a function that stops it. */
export function traceOperations<Name extends OperationName>(
  tracer: Tracer,
  operationName: Name,
  kind: Kind<SharedSessionOperations[Name]>,
): () => void {
  type Operation = SharedSessionOperations[Name];
  // The most general type: Node's own does not know one of several names.
  const channel = operationChannel(operationName) as unknown as TracingChannel<unknown, object>;
  const spans = new WeakMap<object, Span>();
  const store = new SpanStore();
  const begin = (message: object): Context => {
    const operation = message as Operation;
    const parent = kind.parent(operation);
    if (!parent) return context.active();
    const span = tracer.startSpan(kind.name(operation), kind.options(operation), parent);
    spans.set(message, span);
    const within = trace.setSpan(parent, span);
    kind.started?.(operation, within);
    return within;
  };
  const finish = (message: unknown): void => {
    // It is the object that was told at the start.
    const operation = message as Operation & { readonly error?: unknown };
    const span = spans.get(operation);
    if (!span) return;
    spans.delete(operation);
    if ('error' in operation) markFailed(span, codeOf(operation.error));
    kind.ended?.(operation, span);
    span.end();
  };
  const { name: last } = kind.isSync ? channel.end : channel.asyncEnd;
  channel.start.bindStore(store, begin);
  subscribe(last, finish);
  return () => {
    channel.start.unbindStore(store);
    unsubscribe(last, finish);
  };
}

/**
 * By the code of the error alone: its message may name whom it is about. An error of the span is only what is the node's own fault, as
 * with the statuses of HTTP.
 */
export function markFailed(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  if (FAULTS.has(code)) span.setStatus({ code: SpanStatusCode.ERROR });
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'INTERNAL';
}
