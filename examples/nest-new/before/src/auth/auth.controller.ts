import { Controller, Get, Post, Req, UnauthorizedException, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { LocalAuthGuard } from './local-auth.guard';

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
  profile(@Req() request: Request) {
    if (!request.isAuthenticated()) throw new UnauthorizedException();
    return request.user;
  }
}
