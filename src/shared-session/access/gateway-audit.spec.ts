import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Module, type Type, UseGuards } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { Ack, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { z } from 'zod';
import { AnySession, CurrentSession, Payload, Poll, SignedIn } from './decorators.js';
import { auditGateways, placeOf, prepareGateways } from './gateway-audit.js';
import type { GlobalEnhancers } from './global-enhancers.js';
import { PayloadPipe } from './payload.pipe.js';

const Message = z.strictObject({ text: z.string() });

const UNCHECKED = 'takes a payload without a schema';
const NOTHING: GlobalEnhancers = { guards: [], pipes: [] };

async function discover(...gateways: Type[]): Promise<DiscoveryService> {
  @Module({ imports: [DiscoveryModule], providers: gateways })
  class TestModule {}
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  return app.get(DiscoveryService);
}

/** What is found about these gateways, a line each. */
async function audit(gateway: Type, globals = NOTHING): Promise<string[]> {
  return auditGateways(await discover(gateway), globals).map(({ what }) => what);
}

async function prepare(...gateways: Type[]): Promise<ReturnType<typeof prepareGateways>> {
  return prepareGateways(await discover(...gateways));
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

    expect(await audit(Gateway)).toEqual([]);
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

    const rules = (await prepare(Gateway)).get(placeOf(0, { namespace: '/chat' }));
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

    const [found] = await audit(Gateway);
    expect(found).toContain('Gateway.get ("chat:get") has no guard');
    expect(await audit(Gateway, { ...NOTHING, guards: [{}] })).toEqual([]);
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
      expect(await audit(gateway)).toEqual([expect.stringContaining(UNCHECKED)]);
    }
  });

  it('takes an empty list of guards for none', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('chat:get')
      @UseGuards()
      get() {
        return [];
      }
    }

    expect(await audit(Gateway)).toHaveLength(1);
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

      @SubscribeMessage('chat:shout')
      @Traced
      shout(@Payload(Message) payload: unknown) {
        return payload;
      }
    }

    expect(await audit(Gateway)).toEqual([expect.stringContaining(UNCHECKED)]);
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

    await expect(prepare(Gateway)).rejects.toThrow('takes @Ack()');
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

    await expect(prepare(One, Two)).rejects.toThrow('handle the same event');
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

    const rules = await prepare(...places.map((place) => gatewayAt(...place)));

    expect(rules.size).toBe(places.length);
    for (const place of places) expect(rules.get(placeOf(...place))?.has('chat:get')).toBe(true);
  });
});
