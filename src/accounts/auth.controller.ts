import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Sessions } from '../shared-session/index.js';
import { Credentials, Registration } from './accounts.contract.js';
import { AccountsService } from './accounts.service.js';
import type { User } from './user.js';

@Controller('auth')
export class AuthController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: Sessions,
  ) {}

  @Post('register')
  async register(
    @Req() request: Request,
    @Body({ schema: Registration }) registration: Registration,
  ): Promise<{ user: User }> {
    return this.#signIn(request, await this.accounts.register(registration));
  }

  @Post('login')
  @HttpCode(200)
  async login(
    @Req() request: Request,
    @Body({ schema: Credentials }) credentials: Credentials,
  ): Promise<{ user: User }> {
    return this.#signIn(request, await this.accounts.authenticate(credentials));
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Req() request: Request): Promise<void> {
    await this.sessions.signOut(request);
  }

  async #signIn(request: Request, user: User): Promise<{ user: User }> {
    await this.sessions.signIn(request, (session) => {
      session.user = user;
    });
    return { user };
  }
}
