import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Anybody, Sessions } from '../../../shared-session/index.js';
import { AccountsService } from '../accounts.service.js';
import { SignInService } from '../sign-in.service.js';
import { IdentityProvider } from './identity-provider.js';
import { SignInRefusedError } from './provider-login.errors.js';

/** The login at an identity provider: there, and back again. */
@Controller('auth/oidc')
@Anybody()
export class ProviderLoginController {
  constructor(
    private readonly provider: IdentityProvider,
    private readonly accounts: AccountsService,
    private readonly signIns: SignInService,
    private readonly sessions: Sessions,
  ) {}

  @Get()
  async begin(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { url, pending } = await this.provider.begin();
    await this.sessions.startGuest(request);
    request.session.pendingLogin = pending;
    redirect(response, url.href);
  }

  @Get('callback')
  async finish(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { pendingLogin } = request.session;
    if (!pendingLogin) throw new SignInRefusedError();
    // Once, whatever comes of it.
    delete request.session.pendingLogin;
    const [, search = ''] = request.originalUrl.split('?');
    const identity = await this.provider.finish(search, pendingLogin);
    const account = await this.accounts.ofProvider(identity);
    await this.signIns.signIn(request, account, { idp: identity.login });
    redirect(response, '/');
  }
}

/** Without Express' text beside it, which would quote the address. */
function redirect(response: Response, url: string): void {
  response.status(302).location(url).end();
}
