import { type ArgumentsHost, Catch, type ExceptionFilter, type Type } from '@nestjs/common';
import { FILTER_CATCH_EXCEPTIONS } from '@nestjs/common/constants.js';

/**
 * What went wrong with one event. It travels among the handler's arguments, because Nest swallows
 * what a gateway's filters do; the event would be acknowledged as a success.
 */
export class EventFailure {
  /** Resolves with the error that the client is told; undefined while nothing went wrong. */
  error: Promise<unknown> | undefined;

  /** @param filters the application's, in the order in which Nest asks them */
  constructor(private readonly filters: readonly ExceptionFilter[]) {}

  /** Runs the application's filter for this error. If the filter throws, its error is the one told. */
  record(thrown: unknown, host: ArgumentsHost): void {
    this.error = this.#errorAfterFilter(thrown, host);
  }

  async #errorAfterFilter(thrown: unknown, host: ArgumentsHost): Promise<unknown> {
    try {
      await this.filters.find((filter) => takes(filter, thrown))?.catch(thrown, host);
      return thrown;
    } catch (error) {
      return error;
    }
  }
}

/** Whether `@Catch()` names the error's class, or none. */
function takes(filter: ExceptionFilter, thrown: unknown): boolean {
  const classes: unknown = Reflect.getMetadata(FILTER_CATCH_EXCEPTIONS, filter.constructor) ?? [];
  const named = classes as Type[];
  return named.length === 0 || named.some((each) => thrown instanceof each);
}

/**
 * Stands before the application's own filters at every gateway handler. Nest's own gateway filter
 * would emit an `exception` event that echoes the payload.
 */
@Catch()
export class EventFailureFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const failure = host.getArgs<unknown[]>().find((each) => each instanceof EventFailure);
    if (!failure) throw thrown;
    failure.record(thrown, host);
  }
}
