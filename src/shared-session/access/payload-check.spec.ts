import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  DefaultValuePipe,
  Module,
  ParseIntPipe,
  type Type,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { AnySession } from './decorators.js';
import { auditGateways } from './gateway-audit.js';

class Message {
  text!: string;
}

/** What is found about this gateway. */
async function audit(gateway: Type, pipes: unknown[] = []): Promise<unknown[]> {
  @Module({ imports: [DiscoveryModule], providers: [gateway] })
  class TestModule {}
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  return auditGateways(app.get(DiscoveryService), { guards: [], pipes });
}

describe('a payload without a schema of its own', () => {
  it('is checked where its type is a class and a ValidationPipe runs, wherever that stands', async () => {
    @WebSocketGateway()
    @AnySession()
    class AtParameter {
      @SubscribeMessage('chat:say')
      say(@MessageBody(new ValidationPipe()) { text }: Message) {
        return text;
      }
    }
    @WebSocketGateway()
    @AnySession()
    class AtHandler {
      @SubscribeMessage('chat:say')
      @UsePipes(ValidationPipe)
      say(@MessageBody() { text }: Message) {
        return text;
      }
    }
    @WebSocketGateway()
    @AnySession()
    @UsePipes(new ValidationPipe())
    class WithoutDecorators {
      @SubscribeMessage('chat:say')
      say(_client: unknown, { text }: Message) {
        return text;
      }

      @SubscribeMessage('chat:get')
      get(client: unknown) {
        return client;
      }
    }
    @WebSocketGateway()
    @AnySession()
    class Nowhere {
      @SubscribeMessage('chat:say')
      say(@MessageBody() { text }: Message) {
        return text;
      }
    }

    for (const gateway of [AtParameter, AtHandler, WithoutDecorators]) {
      expect(await audit(gateway)).toEqual([]);
    }
    expect(await audit(Nowhere)).toHaveLength(1);
    expect(await audit(Nowhere, [new ValidationPipe()])).toEqual([]);
  });

  it('is checked by a pipe of the parameter’s own, and by none that lets everything pass', async () => {
    @WebSocketGateway()
    @AnySession()
    class Parsed {
      @SubscribeMessage('chat:read')
      read(@MessageBody(ParseIntPipe) id: number) {
        return id;
      }
    }
    @WebSocketGateway()
    @AnySession()
    @UsePipes(new ValidationPipe(), ParseIntPipe)
    class Passed {
      @SubscribeMessage('chat:say')
      say(@MessageBody(new DefaultValuePipe('')) text: string) {
        return text;
      }

      @SubscribeMessage('chat:shout')
      shout(_client: unknown, payload: Record<string, unknown>) {
        return payload;
      }
    }

    expect(await audit(Parsed)).toEqual([]);
    expect(await audit(Passed)).toHaveLength(2);
  });
});
