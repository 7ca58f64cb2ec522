import { Controller, Get, Header, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Anybody } from '../access/decorators.js';
import { Sessions } from '../sessions.service.js';
import type { SessionDescription } from '../shared-session.contract.js';

/**
 * `GET /session`: the visitor's session, or a new guest's. A page's first call, since a socket
 * starts no session. Add it to the controllers of an application that welcomes guests.
 */
@Controller('session')
@Anybody()
export class SessionController {
  constructor(private readonly sessions: Sessions) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async get(@Req() request: Request): Promise<SessionDescription> {
    return this.sessions.describe(await this.sessions.startGuest(request));
  }
}
