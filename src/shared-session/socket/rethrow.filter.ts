import { Catch, type ExceptionFilter } from '@nestjs/common';

/**
 * Lets a gateway's exceptions through to the event dispatcher, which makes the acknowledgement.
 * Nest's own gateway filter would emit an `exception` event that echoes the payload, and leave the
 * event unanswered; and its global filters do not reach gateways.
 */
@Catch()
export class RethrowFilter implements ExceptionFilter {
  catch(thrown: unknown): never {
    throw thrown;
  }
}
