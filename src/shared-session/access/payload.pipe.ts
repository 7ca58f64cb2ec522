import { type ArgumentMetadata, Logger, type PipeTransform } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { faultDetails } from '../fault-details.js';
import { seldom } from '../seldom.js';
import { CodedError } from '../shared-session.errors.js';
import { stripPrototypeKeys } from './prototype-keys.js';

const QUIET_MS = 1000;

/**
 * Validates a parameter with a schema of zod or any other library of the Standard Schema, and hands on what the schema
 * made of the value. The error, `INVALID_PAYLOAD`, says in few words where the payload is wrong, never what was in it.
 *
 * Bound to one parameter it works on Nest 11 too: `@Body(new PayloadPipe(schema))`.
 */
export class PayloadPipe implements PipeTransform<unknown, Promise<unknown>> {
  readonly #schema: StandardSchemaV1 | undefined;
  readonly #logger = new Logger('Payloads');
  /** With the stack, since it may be a mistake in the schema. */
  readonly #warn = seldom(QUIET_MS, (_, error: Error) => {
    this.#logger.warn(`A schema failed at a payload: ${error.stack ?? error.message}`);
  });

  /** @param schema of the parameter. Without it, that of `@Body({ schema })` and the like, if there is one */
  constructor(schema?: StandardSchemaV1) {
    this.#schema = schema;
  }

  /** Whether it validates by itself, whatever the parameter's decorator says. */
  get isBound(): boolean {
    return this.#schema !== undefined;
  }

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // As Nest's own pipe: what a decorator of the application's own makes is no input.
    const declared = metadata.type === 'custom' ? undefined : metadata.schema;
    const schema = this.#schema ?? declared;
    if (!schema) return value;
    stripPrototypeKeys(value);
    const result = await this.#validate(schema, value);
    if (result.issues) throw new InvalidPayloadError(result.issues);
    return result.value;
  }

  /**
   * Schemas choke on some payloads: Zod compares the `length` of whatever has one, also of an object that cannot be
   * made a number, and a recursive schema follows any depth. That is the payload's fault, not a failure of ours.
   */
  async #validate(
    schema: StandardSchemaV1,
    value: unknown,
  ): Promise<StandardSchemaV1.Result<unknown>> {
    try {
      return await schema['~standard'].validate(value);
    } catch (cause) {
      if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
      // Such as a failed fetch() in a schema that asks elsewhere.
      if (cause.cause !== undefined) throw cause;
      this.#warn(cause);
      throw new CodedError('INVALID_PAYLOAD', 'The payload is not valid.', { cause });
    }
  }
}

class InvalidPayloadError extends CodedError {
  constructor(issues: readonly StandardSchemaV1.Issue[]) {
    const faults = issues.map(({ path = [], message }) => ({
      path: path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
      message,
    }));
    super('INVALID_PAYLOAD', 'The payload is not valid.', { details: faultDetails(faults) });
  }
}
