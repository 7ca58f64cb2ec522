import { Body, Controller, Get, Post, Req, UnauthorizedException } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser, PayloadPipe, Sessions, SignedIn } from 'nestjs-shared-session';
import { z } from 'zod';
import type { User } from './user.js';

const Credentials = z.object({ username: z.string(), password: z.string() });

@Controller()
export class AuthController {
  constructor(private readonly sessions: Sessions) {}

  /** Compare with the hash of a password here. */
  @Post('login')
  async login(
    @Req() request: Request,
    @Body(new PayloadPipe(Credentials)) { username, password }: z.infer<typeof Credentials>,
  ): Promise<void> {
    if (username !== 'ada' || password !== 'correct horse battery') {
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

  @Get('profile')
  @SignedIn()
  profile(@CurrentUser() user: User): User {
    return user;
  }
}
