import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  Anybody,
  CurrentSession,
  CurrentUser,
  type Session,
  Sessions,
  SignedIn,
} from '../../shared-session/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { Confirmation, Credentials, Registration } from './accounts.contract.js';
import { AccountsService } from './accounts.service.js';
import { SignInLimits } from './sign-in-limits.js';
import { SignInService } from './sign-in.service.js';
import type { User } from './user.js';

@Controller('auth')
@Anybody()
export class AuthController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly signIns: SignInService,
    private readonly sessions: Sessions,
    private readonly audit: AuditLog,
    private readonly limits: SignInLimits,
  ) {}

  @Post('register')
  async register(
    @Req() request: Request,
    @Body({ schema: Registration }) registration: Registration,
  ): Promise<{ user: User }> {
    await this.limits.register(request);
    const account = await this.accounts.register(registration);
    this.audit.note({ audit: 'account.registered', account: account.id });
    return { user: await this.signIns.signIn(request, account) };
  }

  @Post('login')
  @HttpCode(200)
  async login(
    @Req() request: Request,
    @Body({ schema: Credentials }) credentials: Credentials,
  ): Promise<{ user: User }> {
    const { email } = credentials;
    const account = await this.limits.attempt(request, email, () =>
      this.accounts.authenticate(credentials),
    );
    return { user: await this.signIns.signIn(request, account) };
  }

  /** For what asks for a proof that is not old. */
  @Post('confirm')
  @HttpCode(204)
  @SignedIn()
  async confirm(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body({ schema: Confirmation }) confirmation: Confirmation,
  ): Promise<void> {
    await this.limits.attempt(request, user.email, () =>
      this.accounts.confirm(user.id, confirmation),
    );
    await this.sessions.confirmSignIn(request);
    this.audit.note({ audit: 'sign-in.confirmed', account: user.id });
  }

  @Post('logout')
  @HttpCode(204)
  async logout(
    @Req() request: Request,
    @CurrentSession() session: Session | null,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.sessions.signOut(request);
    // Where nothing ended, the cookies may be those of a sign-in meanwhile. Over plain HTTP, which is for trying this
    // server out, those of other programs on localhost would go along.
    if (session && request.secure) response.setHeader('Clear-Site-Data', '"cookies"');
  }
}
