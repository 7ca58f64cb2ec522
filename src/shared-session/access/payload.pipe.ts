import { StandardSchemaValidationPipe } from '@nestjs/common';
import { CodedError } from '../shared-session.errors.js';

/**
 * Validates every parameter that has a schema, `@Body({ schema })` and `@MessageBody({ schema })`
 * alike. The error says where the payload is wrong, never what was in it.
 */
export function createPayloadPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => {
      const details = issues.map(({ path = [], message }) => ({
        path: path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
        message,
      }));
      return new CodedError('INVALID_PAYLOAD', 'The payload is not valid.', { details });
    },
  });
}
