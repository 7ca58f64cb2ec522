import 'reflect-metadata';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  ParseIntPipe,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { IsString, MaxLength } from 'class-validator';
import type { Socket } from 'socket.io';
import { AnySession, CurrentUser } from '../src/shared-session/index.js';
import { startHabitsApp } from './support/habits-app.js';
import { listen } from './support/log-lines.js';
import type { TestNode } from './support/test-node.js';
import type { TestSocket } from './support/test-socket.js';
import { Visitor } from './support/visitor.js';

class Message {
  @IsString()
  @MaxLength(20)
  text!: string;
}

const connect = async (node: TestNode): Promise<TestSocket> => {
  const visitor = await new Visitor(node).arrive();
  return visitor.connect();
};

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a payload whose type is a class with rules', () => {
  const refusal = {
    ok: false,
    error: {
      code: 'INVALID_PAYLOAD',
      message: 'The payload is not valid.',
      details: [{ message: 'text must be shorter than or equal to 20 characters' }],
    },
  };
  const invalid = { text: 'x'.repeat(21) };

  it('is checked by a ValidationPipe of its gateway, with parameter decorators and without', async () => {
    @WebSocketGateway()
    @AnySession()
    @UsePipes(new ValidationPipe())
    class Gateway {
      @SubscribeMessage('say')
      say(@CurrentUser() user: unknown, @MessageBody() { text }: Message): unknown[] {
        return [user, text];
      }

      @SubscribeMessage('shout')
      shout(client: Socket, { text }: Message): unknown[] {
        return [client.connected, text.toUpperCase()];
      }

      @SubscribeMessage('square')
      square(@MessageBody(ParseIntPipe) number: number): number {
        return number * number;
      }

      @SubscribeMessage('id')
      id(client: Socket): string {
        return client.id;
      }
    }
    const socket = await connect(await startHabitsApp({ providers: [Gateway] }));

    expect(await socket.ask('say', invalid)).toEqual(refusal);
    expect(await socket.ask('shout', invalid)).toEqual(refusal);
    expect(await socket.ask('say', { text: 'hi' })).toEqual({ ok: true, data: [null, 'hi'] });
    expect(await socket.ask('shout', { text: 'hi' })).toEqual({ ok: true, data: [true, 'HI'] });
    expect(await socket.ask('square', 'six')).toMatchObject({ error: { code: 'INVALID_PAYLOAD' } });
    expect(await socket.ask('square', '6')).toEqual({ ok: true, data: 36 });
    expect(await socket.ask('id')).toEqual({ ok: true, data: socket.client.id });
  });

  /** With a payload that nothing of its own checks. */
  @WebSocketGateway()
  @AnySession()
  class UncheckedGateway {
    @SubscribeMessage('say')
    say(@MessageBody() { text }: Message): string {
      return text;
    }
  }

  it('is checked by a global ValidationPipe, or its start fails where Nest keeps that from gateways', async () => {
    const started = startHabitsApp({
      providers: [UncheckedGateway],
      configure: (app) => app.useGlobalPipes(new ValidationPipe()),
    });

    const node = await started.catch((error: unknown) => error);
    if (node instanceof Error) {
      expect(node.message).toContain('takes a payload without a schema');
      return;
    }
    const socket = await connect(node as TestNode);
    expect(await socket.ask('say', invalid)).toEqual(refusal);
    expect(await socket.ask('say', { text: 'hi' })).toEqual({ ok: true, data: 'hi' });
  });

  it('stops the start where nothing checks it', async () => {
    await expect(startHabitsApp({ providers: [UncheckedGateway] })).rejects.toThrow(
      /Gateway\.say \("say"\) takes a payload without a schema.*\n[^]*ValidationPipe/,
    );
  });
});

describe('a handler that names no guard', () => {
  @WebSocketGateway()
  class Gateway {
    @SubscribeMessage('get')
    get(): string {
      return 'got';
    }

    @SubscribeMessage('say')
    @AnySession()
    say(@MessageBody() text: string): string {
      return text;
    }
  }
  @WebSocketGateway()
  class Guardless {
    @SubscribeMessage('get')
    get(): string {
      return 'got';
    }
  }
  @Controller()
  class Routes {
    @Get('open')
    open(): string {
      return 'open';
    }
  }
  /** Of routes it knows nothing. */
  class EventGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      return context.getType() !== 'ws' || context.switchToWs().getData() === 'please';
    }
  }

  const strict = { auditGateways: 'strict', auditRoutes: 'strict' } as const;

  it.each<[string, Partial<Parameters<typeof startHabitsApp>[0]>]>([
    ['APP_GUARD', { providers: [Guardless, { provide: APP_GUARD, useClass: EventGuard }] }],
    ['useGlobalGuards()', { configure: (app) => app.useGlobalGuards(new EventGuard()) }],
  ])('is decided about by a global one, if Nest asks it: %s', async (_, habits) => {
    const node = await startHabitsApp({
      providers: [Guardless],
      controllers: [Routes],
      options: strict,
      ...habits,
    }).catch((error: unknown) => error);

    // Nest 11 asks global guards before routes alone.
    if (node instanceof Error) {
      expect(node.message).toMatch(/^Guardless\.get \("get"\) has no guard/);
      expect(node.message).not.toContain('Routes.open');
      return;
    }
    const socket = await connect(node as TestNode);
    expect(await socket.ask('get')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await socket.ask('get', 'please')).toEqual({ ok: true, data: 'got' });
    expect((await new Visitor(node as TestNode).get('/open')).body).toBe('open');
  });

  it('stops the start, which names all that is missing', async () => {
    const started = startHabitsApp({ providers: [Gateway] });

    await expect(started).rejects.toThrow(/get \("get"\) has no guard.*\n.*say \("say"\) takes/);
  });

  it('is listed in one warning where the audit only warns, and works', async () => {
    const warnings = listen('warn');
    const socket = await connect(
      await startHabitsApp({ providers: [Gateway], options: { auditGateways: 'warn' } }),
    );

    expect(warnings).toEqual([
      expect.stringMatching(/get \("get"\) has no guard.*\n.*say \("say"\) takes/),
    ]);
    expect(await socket.ask('get')).toEqual({ ok: true, data: 'got' });
    expect(await socket.ask('say', 'hi')).toEqual({ ok: true, data: 'hi' });
  });

  it('is not spoken of where the audit is off', async () => {
    const warnings = listen('warn');

    await startHabitsApp({ providers: [Gateway], options: { auditGateways: 'off' } });

    expect(warnings).toEqual([]);
  });
});
