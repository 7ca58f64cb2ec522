import { Controller, Get } from '@nestjs/common';
import { CurrentUser, SignedIn } from '../shared-session/index.js';
import type { User } from './user.js';

@Controller('user')
@SignedIn()
export class UserController {
  @Get('profile')
  profile(@CurrentUser() user: User): User {
    return user;
  }
}
