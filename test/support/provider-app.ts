import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Module, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { OidcOptions } from '../../src/oidc/index.js';
import { OidcModule } from '../../src/oidc/index.js';
import {
  CurrentUser,
  HttpErrorFilter,
  type ProviderLogin,
  SessionController,
  Sessions,
  type SessionUser,
  SharedSessionModule,
  type SharedSessionModuleOptions,
} from '../../src/shared-session/index.js';
import { startApp } from '../../src/testing/test-node.js';
import { cleanup } from './cleanup.js';
import { TEST_SECRET, type TestNode } from './test-node.js';

@Controller()
class ViaController {
  constructor(private readonly sessions: Sessions) {}

  /** What an application does when the provider has sent the user back. */
  @Post('via')
  @HttpCode(204)
  async signIn(@Req() request: Request, @Body() idp: ProviderLogin): Promise<void> {
    const establish = (data: object) => Object.assign(data, { user: { id: idp.sub } });
    await this.sessions.signIn(request, establish, { idp });
  }

  /** What it does after a change of the password. */
  @Post('again')
  @HttpCode(204)
  async signInAgain(@Req() request: Request, @Body() user: SessionUser): Promise<void> {
    const establish = (data: object) => Object.assign(data, { user });
    await this.sessions.signIn(request, establish, { keepTerms: true });
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser | null): object {
    return user ? { user } : {};
  }
}

export interface ProviderAppOptions extends Partial<OidcOptions> {
  readonly redisUrl: SharedSessionModuleOptions['redis'];
  readonly prefix: string;
}

/** A node of an application whose users log in at identity providers; without any, it hears of nothing that they tell. */
export async function startProviderApp({
  redisUrl,
  prefix,
  providers = [],
  ...rest
}: ProviderAppOptions): Promise<TestNode> {
  @Module({
    imports: [
      SharedSessionModule.forRoot({ redis: redisUrl, secrets: [TEST_SECRET], prefix }),
      ...(providers.length > 0 ? [OidcModule.forRoot({ providers, ...rest })] : []),
    ],
    controllers: [SessionController, ViaController],
  })
  class ProviderAppModule {}

  const running = await startApp(ProviderAppModule, cleanup, (app) => {
    app.useGlobalFilters(new HttpErrorFilter());
  });
  return { ...running, name: '', isPlain: true };
}
