import { Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser, SignedIn } from 'nestjs-shared-session';
import { LocalAuthGuard } from './local-auth.guard';
import type { User } from './user';

@Controller()
export class AuthController {
  @Post('login')
  @UseGuards(LocalAuthGuard)
  login(@Req() request: Request) {
    return request.user;
  }

  @Post('logout')
  async logout(@Req() request: Request) {
    await new Promise<void>((resolve, reject) => {
      request.logout((error: unknown) => (error ? reject(error as Error) : resolve()));
    });
  }

  @Get('profile')
  @SignedIn()
  profile(@CurrentUser() user: User) {
    return user;
  }
}
