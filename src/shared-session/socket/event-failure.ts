import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import {
  type ExceptionFilterMetadata,
  selectExceptionFilterMetadata,
} from '@nestjs/common/internal';

/**
 * What went wrong with one event. It travels among the handler's arguments, because Nest swallows
 * what a gateway's filters do; the event would be acknowledged as a success.
 */
export class EventFailure {
  /** Resolves with the error that the client is told; undefined while nothing went wrong. */
  error: Promise<unknown> | undefined;

  /** @param filters the application's, in the order in which Nest asks them */
  constructor(private readonly filters: ExceptionFilterMetadata[]) {}

  /** Runs the application's filter for this error. If the filter throws, its error is the one told. */
  record(thrown: unknown, host: ArgumentsHost): void {
    this.error = this.#errorAfterFilter(thrown, host);
  }

  async #errorAfterFilter(thrown: unknown, host: ArgumentsHost): Promise<unknown> {
    try {
      await selectExceptionFilterMetadata(this.filters, thrown)?.func(thrown, host);
      return thrown;
    } catch (error) {
      return error;
    }
  }
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
