import 'reflect-metadata';
import { Body, Controller, Get, Module, Post, Req } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import {
  AnySession,
  Anybody,
  CurrentSession,
  type Session,
  Sessions,
} from '../../../src/shared-session/index.js';
import { AccountsService } from '../../../src/server/accounts/accounts.service.js';
import type { User } from '../../../src/server/accounts/user.js';
import { AppModule } from '../../../src/server/app.module.js';
import { GuestCarts } from '../../../src/server/cart/guest-carts.js';
import { readEnvironment } from '../../../src/server/config/environment.js';
import { startServer } from '../../../src/server/start-server.js';

// The reference server, and in it what the library offers and the reference server does not use: as code
// that knows express-session alone does it, or through `Sessions`.

const environment = readEnvironment(process.env);
// The module that has them is not the one below.
const provided = <T>(type: abstract new (...args: never[]) => T): T =>
  app.get<T>(type, { strict: false });

@Controller('faults')
@Anybody()
class FaultController {
  @Post('note')
  note(@Req() request: Request, @Body() { note }: { note: string }): void {
    Object.assign(request.session, { note });
  }

  @Get('note')
  noted(@Req() request: Request): { note: unknown } {
    return { note: (request.session as unknown as { note?: unknown }).note ?? null };
  }

  /** Signs in on the session as it is. */
  @Post('become')
  become(@Req() request: Request, @Body() { user }: { user: User }): void {
    request.session.user = user;
  }

  /** Signs in as Express's own example does. */
  @Post('regenerate')
  async regenerate(@Req() request: Request, @Body() { user }: { user: User }): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      request.session.regenerate((error?: Error | null) => {
        if (error) reject(error);
        else resolve();
      });
    });
    request.session.user = user;
  }

  /** Signs in, notes the guest's cart and leaves it for later. */
  @Post('enter')
  async enter(@Req() request: Request, @Body() { user }: { user: User }): Promise<void> {
    const establish = (data: SessionData): void => {
      data.user = user;
    };
    const confirm = (session: Session): Promise<void> => provided(GuestCarts).note(session);
    await provided(Sessions).signIn(request, establish, { confirm });
  }

  @Post('end-all')
  async endAll(@Body() { id }: { id: string }): Promise<void> {
    await provided(Sessions).endAll({ kind: 'user', id });
  }

  /** As the operator's command does it. */
  @Post('roles')
  async roles(@Body() { id, roles }: { id: string; roles: string[] }): Promise<void> {
    await provided(AccountsService).setRoles(id, roles);
    await provided(Sessions).updateAll({ kind: 'user', id }, (data) => {
      if (data.user) data.user = { ...data.user, roles };
    });
  }
}

@WebSocketGateway({ namespace: 'faults' })
@AnySession()
class FaultGateway {
  @SubscribeMessage('who')
  who(@CurrentSession() { principal }: Session): string {
    return principal.id;
  }
}

@Module({
  imports: [AppModule.forRoot(environment)],
  controllers: [FaultController],
  providers: [FaultGateway],
})
class FaultModule {}

const app = await startServer(FaultModule, environment);
