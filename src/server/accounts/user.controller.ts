import { Body, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser, RecentSignIn, Sessions, SignedIn } from '../../shared-session/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { PasswordChange } from './accounts.contract.js';
import { AccountsService } from './accounts.service.js';
import { SignInLimits } from './sign-in-limits.js';
import { SignInService } from './sign-in.service.js';
import type { User } from './user.js';

@Controller('user')
@SignedIn()
export class UserController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly signIns: SignInService,
    private readonly sessions: Sessions,
    private readonly audit: AuditLog,
    private readonly limits: SignInLimits,
  ) {}

  @Get('profile')
  profile(@CurrentUser() user: User): User {
    return user;
  }

  /** A new session here, and none anywhere else: whoever knew the old password is out. */
  @Post('password')
  @RecentSignIn(15)
  @HttpCode(204)
  async changePassword(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body({ schema: PasswordChange }) change: PasswordChange,
  ): Promise<void> {
    const account = await this.limits.attempt(request, user.email, () =>
      this.accounts.changePassword(user.id, change),
    );
    this.audit.note({ audit: 'password.changed', account: user.id });
    await this.signIns.signIn(request, account, { keepTerms: true });
    await this.sessions.endOthers(request);
  }
}
