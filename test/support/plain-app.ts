import 'reflect-metadata';
import { Body, Controller, Get, Module, Post, Req, Res, type Type } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Request, Response } from 'express';
import { z } from 'zod';
import {
  AnySession,
  CurrentSession,
  HttpErrorFilter,
  type Session,
  SessionController,
  Sessions,
  type SharedSessionModuleOptions,
} from '../../src/shared-session/index.js';
import { startApp } from '../../src/testing/test-node.js';
import { cleanup } from './cleanup.js';
import { Gate } from './gate.js';
import { sharedSession } from './shared-session.js';
import type { TestNode } from './test-node.js';

interface Data {
  user?: { id: string };
  count?: number;
  theme?: string;
}

export interface PlainApp extends TestNode {
  /** A new gate for the next slow request. */
  readonly close: () => Gate;
}

/**
 * An application that knows express-session and nothing of this library's store: it logs in with
 * `regenerate`, writes to `req.session`, and logs out with `destroy`.
 *
 * @param controllers more of a test's own
 */
export async function startPlainApp(
  redisUrl: string,
  options: Partial<SharedSessionModuleOptions>,
  controllers: Type[] = [],
): Promise<PlainApp> {
  let gate = new Gate();
  gate.open();
  const data = (request: Request) => request.session as unknown as Data;

  @Controller()
  class PlainController {
    @Post('login')
    login(@Req() request: Request, @Res() response: Response): void {
      const { count } = data(request);
      request.session.regenerate((error: unknown) => {
        if (error) return void response.status(500).end();
        Object.assign(request.session, { user: { id: 'ada' }, count });
        response.status(200).end();
      });
    }

    /** Keeps whatever it is given as the user. */
    @Post('become')
    become(@Req() request: Request, @Body() user: { id: string }): void {
      data(request).user = user;
    }

    @Post('slow')
    async slow(@Req() request: Request): Promise<void> {
      await gate.pass();
      data(request).theme = 'dark';
    }

    @Post('count')
    count(@Req() request: Request): void {
      data(request).count = (data(request).count ?? 0) + 1;
    }

    @Post('logout')
    logout(@Req() request: Request, @Res() response: Response): void {
      request.session.destroy((error: unknown) => {
        response.status(error ? 500 : 204).end();
      });
    }

    @Get('me')
    me(@Req() request: Request): Data {
      const { user, count, theme } = data(request);
      return { ...(user && { user }), ...(count && { count }), ...(theme && { theme }) };
    }
  }

  @WebSocketGateway()
  @AnySession()
  class PlainGateway {
    constructor(private readonly sessions: Sessions) {}

    @SubscribeMessage('count')
    async count(
      @CurrentSession() session: Session,
      @MessageBody({ schema: z.int() }) by: number,
    ): Promise<number> {
      const saved = await this.sessions.update(session.handle, (record) => {
        const target = record as unknown as Data;
        target.count = (target.count ?? 0) + by;
      });
      return (saved as unknown as Data).count ?? 0;
    }
  }

  @WebSocketGateway({ namespace: 'elsewhere' })
  @AnySession()
  class NamespacedGateway {
    @SubscribeMessage('who')
    who(@CurrentSession() { principal }: Session): string {
      return principal.id;
    }
  }

  @Module({
    imports: [sharedSession(redisUrl, { prefix: '', ...options })],
    controllers: [PlainController, SessionController, ...controllers],
    providers: [PlainGateway, NamespacedGateway],
  })
  class PlainModule {}

  const running = await startApp(PlainModule, cleanup, (app) => {
    app.useGlobalFilters(new HttpErrorFilter());
  });
  return {
    ...running,
    name: options.nodeName ?? '',
    isPlain: true,
    close: () => (gate = new Gate()),
  };
}
