import { Body, Controller, Post, Req, UnauthorizedException } from '@nestjs/common';
import type { Request } from 'express';
import { Sessions } from 'nestjs-shared-session';
import './user.js';

interface Credentials {
  readonly username?: unknown;
  readonly password?: unknown;
}

@Controller()
export class AuthController {
  constructor(private readonly sessions: Sessions) {}

  /** Compare with the hash of a password here. */
  @Post('login')
  async login(@Req() request: Request, @Body() body: Credentials): Promise<void> {
    if (body.username !== 'ada' || body.password !== 'correct horse battery') {
      throw new UnauthorizedException();
    }
    await this.sessions.signIn(request, (session) => {
      session.user = { id: '42', name: 'Ada' };
    });
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<void> {
    await this.sessions.signOut(request);
  }
}
