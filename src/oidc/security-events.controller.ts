import { Controller, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Anybody } from '../shared-session/index.js';
import { requestText } from './request-text.js';
import { SecurityEvents } from './security-events.service.js';
import { RefusedTokenError } from './token.errors.js';
import { answerTryAgain, mayBeTriedAgain } from './try-again.js';

const TYPE = 'application/secevent+jwt';

/**
 * Where a transmitter of Shared Signals pushes security events. It answers by itself, whatever filters the application has: 202
 * when what the event asks for is done, 400 for a token that is not taken, 503 when the same token may be taken later.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8935
 */
@Controller('security-events')
@Anybody()
export class SecurityEventsController {
  constructor(private readonly events: SecurityEvents) {}

  @Post()
  async receive(@Req() request: Request, @Res() response: Response): Promise<void> {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Language', 'en');
    try {
      if (!request.is(TYPE)) throw new RefusedTokenError(`The body must be ${TYPE}.`);
      await this.events.take(await requestText(request));
      response.status(202).end();
    } catch (error) {
      if (error instanceof RefusedTokenError) {
        response.status(400).json({ err: error.fault, description: error.message });
      } else if (mayBeTriedAgain(error)) {
        answerTryAgain(response, { err: 'temporarily_unavailable', description: error.message });
      } else throw error;
    }
  }
}
