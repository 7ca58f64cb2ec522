import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Module, type Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { Ack, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { z } from 'zod';
import { AnySession, CurrentSession, Payload, Poll, SignedIn } from './decorators.js';
import { auditGateways, placeOf } from './gateway-audit.js';
import { PayloadPipe } from './payload.pipe.js';

const Message = z.strictObject({ text: z.string() });

async function audit(...gateways: Type[]): Promise<ReturnType<typeof auditGateways>> {
  @Module({ imports: [DiscoveryModule], providers: gateways })
  class TestModule {}
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  return auditGateways(app.get(DiscoveryService));
}

describe('auditGateways', () => {
  it('accepts handlers with a guard, and a schema where there is a payload', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('chat:say')
      @SignedIn()
      say(@CurrentSession() _: unknown, @MessageBody({ schema: Message }) payload: unknown) {
        return payload;
      }

      @SubscribeMessage('chat:whisper')
      @SignedIn()
      whisper(@Payload(Message) payload: unknown) {
        return payload;
      }

      @SubscribeMessage('chat:get')
      @AnySession()
      get() {
        return [];
      }
    }

    await expect(audit(Gateway)).resolves.toBeInstanceOf(Map);
  });

  it('finds the polls, by the name that Socket.IO gives to their namespace', async () => {
    @WebSocketGateway({ namespace: 'chat' })
    @AnySession()
    class Gateway {
      @SubscribeMessage('chat:check')
      @Poll()
      check() {
        return [];
      }
    }

    const rules = (await audit(Gateway)).get(placeOf(0, { namespace: '/chat' }));
    expect(rules?.get('chat:check')).toMatchObject({ isPoll: true });
  });

  it('names a handler that nobody decided about', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('chat:get')
      get() {
        return [];
      }
    }

    await expect(audit(Gateway)).rejects.toThrow('Gateway.get ("chat:get") has no guard');
  });

  it('names a handler that takes a payload without a schema', async () => {
    @WebSocketGateway()
    @AnySession()
    class Decorated {
      @SubscribeMessage('chat:say')
      say(@MessageBody() payload: unknown) {
        return payload;
      }
    }
    @WebSocketGateway()
    @AnySession()
    class Unbound {
      @SubscribeMessage('chat:say')
      say(@MessageBody(new PayloadPipe()) payload: unknown) {
        return payload;
      }
    }
    @WebSocketGateway()
    @AnySession()
    class Bare {
      @SubscribeMessage('chat:say')
      say(_: unknown, payload: unknown) {
        return payload;
      }
    }

    for (const gateway of [Decorated, Unbound, Bare]) {
      await expect(audit(gateway)).rejects.toThrow('takes a payload without a schema');
    }
  });

  it('names a handler without a schema that another decorator wrapped', async () => {
    const Traced: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
      const method = descriptor.value as (...args: unknown[]) => unknown;
      descriptor.value = function (this: unknown, ...args: unknown[]) {
        return method.apply(this, args);
      };
    };
    @WebSocketGateway()
    @AnySession()
    class Gateway {
      @SubscribeMessage('chat:say')
      @Traced
      say(@MessageBody() payload: unknown) {
        return payload;
      }
    }

    await expect(audit(Gateway)).rejects.toThrow('takes a payload without a schema');
  });

  it('names a handler that acknowledges by itself', async () => {
    @WebSocketGateway()
    @AnySession()
    class Gateway {
      @SubscribeMessage('chat:get')
      get(@Ack() acknowledge: () => void) {
        acknowledge();
      }
    }

    await expect(audit(Gateway)).rejects.toThrow('takes @Ack()');
  });

  it('names two handlers of one event', async () => {
    @WebSocketGateway()
    @AnySession()
    class One {
      @SubscribeMessage('chat:get')
      get() {
        return [];
      }
    }
    @WebSocketGateway()
    @AnySession()
    class Two {
      @SubscribeMessage('chat:get')
      get() {
        return [];
      }
    }

    await expect(audit(One, Two)).rejects.toThrow('handle the same event');
  });

  it('tells the events of two ports, two paths and two patterns apart', async () => {
    const gatewayAt = (...place: [number, object]): Type => {
      @WebSocketGateway(...place)
      @AnySession()
      class Gateway {
        @SubscribeMessage('chat:get')
        get() {
          return [];
        }
      }
      return Gateway;
    };
    const places: [number, object][] = [
      [0, {}],
      [4000, {}],
      [0, { path: '/live' }],
      [0, { namespace: /^\/room-\d+$/ }],
      [0, { namespace: /^\/table-\d+$/ }],
    ];

    const rules = await audit(...places.map((place) => gatewayAt(...place)));

    expect(rules.size).toBe(places.length);
    for (const place of places) expect(rules.get(placeOf(...place))?.has('chat:get')).toBe(true);
  });
});
