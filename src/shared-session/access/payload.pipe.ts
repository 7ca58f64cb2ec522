import { type ArgumentMetadata, Logger, StandardSchemaValidationPipe } from '@nestjs/common';
import { seldom } from '../seldom.js';
import { CodedError } from '../shared-session.errors.js';

/** How many of the things that are wrong are told, and how long each may be: schemas quote names of properties. */
const MAX_DETAILS = 10;
const MAX_DETAIL_CHARACTERS = 200;
const QUIET_MS = 1000;

/**
 * Validates every parameter that has a schema, `@Body({ schema })` and `@MessageBody({ schema })`
 * alike. The error says in few words where the payload is wrong, never what was in it.
 */
export function createPayloadPipe(): StandardSchemaValidationPipe {
  return new PayloadPipe({
    exceptionFactory: (issues) => {
      const details = issues.slice(0, MAX_DETAILS).map(({ path = [], message }) => ({
        path: cut(path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')),
        message: cut(message),
      }));
      return new CodedError('INVALID_PAYLOAD', 'The payload is not valid.', { details });
    },
  });
}

function cut(text: string): string {
  return text.length > MAX_DETAIL_CHARACTERS ? `${text.slice(0, MAX_DETAIL_CHARACTERS)}…` : text;
}

class PayloadPipe extends StandardSchemaValidationPipe {
  readonly #logger = new Logger('Payloads');
  /** With the stack, since it may be a mistake in the schema. */
  readonly #warn = seldom(QUIET_MS, (_, error: Error) => {
    this.#logger.warn(`A schema failed at a payload: ${error.stack ?? error.message}`);
  });

  /**
   * Schemas choke on some payloads: Zod compares the `length` of whatever has one, also of an object that cannot be
   * made a number, and a recursive schema follows any depth. That is the payload's fault, not a failure of ours.
   */
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform(value, metadata);
    } catch (cause) {
      if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
      // Such as a failed fetch() in a schema that asks elsewhere.
      if (cause.cause !== undefined) throw cause;
      this.#warn(cause);
      throw new CodedError('INVALID_PAYLOAD', 'The payload is not valid.', { cause });
    }
  }
}
