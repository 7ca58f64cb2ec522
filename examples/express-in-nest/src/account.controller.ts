import { Controller, Get } from '@nestjs/common';
import { CurrentUser, SignedIn } from 'nestjs-shared-session';
import type { User } from './shop/user.js';

/** The first route that was written for Nest; those of Express stay as they are. */
@Controller('account')
@SignedIn()
export class AccountController {
  @Get()
  account(@CurrentUser() user: User): User {
    return user;
  }
}
