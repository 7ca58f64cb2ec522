import { type ArgumentsHost, Catch, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CodedError, HttpErrorFilter } from '../../shared-session/index.js';
import { InvalidCredentialsError } from '../accounts/accounts.errors.js';
import { AuditLog } from './audit-log.js';

/** Refusals that an attack would meet. A visitor without a session is none; limits are told by whoever keeps them. */
const REFUSALS: readonly number[] = [403, 421];

/** Where somebody who is signed in gives their password once more. */
const CONFIRMATIONS: readonly string[] = ['/auth/confirm', '/user/password'];

/** Answers errors as the library does, and writes down those that are refusals. */
@Catch()
@Injectable()
export class AuditingErrorFilter extends HttpErrorFilter {
  constructor(private readonly log: AuditLog) {
    super();
  }

  override catch(thrown: unknown, host: ArgumentsHost): void {
    super.catch(thrown, host);
    const http = host.switchToHttp();
    if (thrown instanceof InvalidCredentialsError) {
      const isConfirmation = CONFIRMATIONS.includes(http.getRequest<Request>().path);
      const audit = isConfirmation ? 'confirmation.refused' : 'sign-in.refused';
      this.log.note({ audit, reason: thrown.code, account: thrown.accountId });
      return;
    }
    const { statusCode } = http.getResponse<Response>();
    if (REFUSALS.includes(statusCode)) {
      this.log.note({ audit: 'request.refused', reason: codeOf(thrown) });
    }
  }
}

/** Of refusals, only those of Nest's protection against other origins have no code of their own. */
function codeOf(thrown: unknown): string {
  return thrown instanceof CodedError ? thrown.code : 'FORBIDDEN_ORIGIN';
}
