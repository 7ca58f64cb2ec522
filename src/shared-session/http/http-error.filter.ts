import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  ForbiddenException,
} from '@nestjs/common';
import type { Response } from 'express';
import { httpStatusOf, toErrorBody } from '../error-body.js';
import type { ErrorBody } from '../shared-session.contract.js';
import { statusOf } from '../shared-session.errors.js';

/**
 * Answers every HTTP error as `{"error":{"code","message","details"?}}`. Register it with `APP_FILTER`
 * to give HTTP the same errors as sockets.
 */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      // An answer that is complete stands; one that broke off must not pass for complete.
      if (!response.writableEnded) response.destroy();
      return;
    }
    const error = originRefusal(thrown) ?? toErrorBody(thrown);
    if (error.code === 'UNAVAILABLE') response.setHeader('Retry-After', '1');
    const status = httpStatusOf(thrown) ?? statusOf(error.code);
    response.status(status).json({ error });
  }
}

/** Nest's cross-origin protection throws a plain 403, which only its message tells from others. */
function originRefusal(thrown: unknown): ErrorBody | undefined {
  const refused =
    thrown instanceof ForbiddenException && thrown.message.startsWith('Cross-origin request');
  if (!refused) return undefined;
  return { code: 'FORBIDDEN_ORIGIN', message: 'Requests from this origin are not allowed.' };
}
