import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context } from '@opentelemetry/api';

/**
 * What a channel of Node's runs an operation in: not in a store of its own, but in OpenTelemetry's context, so that whatever else is
 * instrumented finds the span there.
 */
export class SpanStore extends AsyncLocalStorage<unknown> {
  override run<R, Args extends unknown[]>(
    store: unknown,
    callback: (...args: Args) => R,
    ...args: Args
  ): R {
    // The only ones that bind it give contexts.
    return context.with(store as Context, () => callback(...args));
  }
}
