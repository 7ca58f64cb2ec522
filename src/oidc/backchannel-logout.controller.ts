import { Controller, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Anybody } from '../shared-session/index.js';
import { BackchannelLogout } from './backchannel-logout.service.js';
import { isObject } from './logout-token.js';
import { requestText } from './request-text.js';
import { RefusedTokenError } from './token.errors.js';
import { answerTryAgain, mayBeTriedAgain } from './try-again.js';

const FORM = 'application/x-www-form-urlencoded';

/**
 * Where the provider tells that somebody has logged out there. It answers by itself, whatever filters the application has: 200
 * when the sessions have ended, 400 for a token that is not taken, 503 when the same token may be taken later.
 *
 * @see https://openid.net/specs/openid-connect-backchannel-1_0.html#BCResponse
 */
@Controller('backchannel-logout')
@Anybody()
export class BackchannelLogoutController {
  constructor(private readonly logout: BackchannelLogout) {}

  @Post()
  async receive(@Req() request: Request, @Res() response: Response): Promise<void> {
    response.setHeader('Cache-Control', 'no-store');
    try {
      await this.logout.take(await tokenIn(request));
      response.status(200).end();
    } catch (error) {
      if (error instanceof RefusedTokenError) {
        const refusal = { error: 'invalid_request', error_description: error.message };
        response.status(400).json(refusal);
      } else if (mayBeTriedAgain(error)) {
        const delay = { error: 'temporarily_unavailable', error_description: error.message };
        answerTryAgain(response, delay);
      } else throw error;
    }
  }
}

async function tokenIn(request: Request): Promise<string> {
  if (!request.is(FORM)) throw new RefusedTokenError(`The body must be ${FORM}.`);
  const body: unknown = request.body;
  // Nest parses forms, unless the application has it otherwise.
  const token = isObject(body)
    ? body['logout_token']
    : new URLSearchParams(await requestText(request)).get('logout_token');
  if (typeof token === 'string') return token;
  throw new RefusedTokenError('The body must have one logout_token.');
}
