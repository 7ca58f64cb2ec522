import 'reflect-metadata';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Catch, type ExceptionFilter, Injectable, Logger, Scope, type Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import {
  ConnectedSocket,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { Socket } from 'socket.io';
import { freePort } from '../src/redis-server/free-port.js';
import { AnySession, CodedError, Sessions } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import { startHabitsApp } from './support/habits-app.js';
import { listen } from './support/log-lines.js';
import { Visitor } from './support/visitor.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a filter of the whole application', () => {
  const seen: string[] = [];

  @Catch()
  class Swallowing implements ExceptionFilter {
    catch(thrown: unknown, host: { getType(): string }): void {
      seen.push(`${host.getType()}: ${String(thrown)}`);
    }
  }
  @WebSocketGateway()
  @AnySession()
  class Gateway {
    @SubscribeMessage('fail')
    fail(): never {
      throw new Error('a bug');
    }
  }

  it.each<[string, Partial<Parameters<typeof startHabitsApp>[0]>]>([
    ['APP_FILTER', { providers: [Gateway, { provide: APP_FILTER, useClass: Swallowing }] }],
    ['useGlobalFilters()', { configure: (app) => app.useGlobalFilters(new Swallowing()) }],
  ])('is not asked by gateways, and turns no error into a success: %s', async (_, habits) => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const visitor = new Visitor(await startHabitsApp({ providers: [Gateway], ...habits }));
    const socket = await (await visitor.arrive()).connect();

    expect(await socket.ask('fail')).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
    expect(seen).toEqual([]);
  });
});

describe('a gateway whose hooks fail', () => {
  const ways: [string, () => never | Promise<never>][] = [
    [
      'throw',
      () => {
        throw new Error('thrown');
      },
    ],
    ['reject', () => Promise.reject(new Error('rejected'))],
  ];

  const gatewayThat = (
    fail: () => unknown,
  ): { readonly gone: string[]; readonly gateway: Type } => {
    const gone: string[] = [];

    @WebSocketGateway({ namespace: 'failing' })
    @AnySession()
    class Failing implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
      afterInit(): unknown {
        return fail();
      }

      handleConnection({ handshake }: Socket): unknown {
        return 'fail' in handshake.query ? fail() : undefined;
      }

      handleDisconnect({ id }: Socket): unknown {
        gone.push(id);
        return fail();
      }

      @SubscribeMessage('hello')
      hello(): string {
        return 'hello';
      }
    }
    return { gone, gateway: Failing };
  };

  it.each(ways)('loses the socket, and nothing else: they %s', async (_, fail) => {
    const errors = listen('error');
    const { gone, gateway } = gatewayThat(fail);
    const node = await startHabitsApp({ providers: [gateway] });
    expect(errors).toEqual(['Failing.afterInit failed']);
    const visitor = await new Visitor(node).arrive();
    const url = `${node.url}/failing`;
    const [other, elsewhere] = [
      await visitor.connect({ url, isPlain: true }),
      await visitor.connect(),
    ];

    const failing = visitor.socket({ url, isPlain: true }, { query: { fail: '' } });
    await failing.next('disconnect');

    await eventually(() => gone.length === 1);
    await eventually(() => errors.length === 3);
    expect(errors.slice(1)).toEqual([
      'Failing.handleConnection failed',
      'Failing.handleDisconnect failed',
    ]);
    expect(await other.ask('hello')).toEqual({ ok: true, data: 'hello' });
    expect(await elsewhere.ask('session:get')).toMatchObject({ ok: true });
  });
});

describe('a gateway that is made for each socket', () => {
  it('loses the socket alone that it fails to welcome, and answers the others', async () => {
    const errors = listen('error');

    @Injectable({ scope: Scope.REQUEST })
    @WebSocketGateway({ namespace: 'scoped' })
    @AnySession()
    class Scoped implements OnGatewayConnection {
      handleConnection({ handshake }: Socket): Promise<void> {
        return 'fail' in handshake.query
          ? Promise.reject(new Error('rejected'))
          : Promise.resolve();
      }

      @SubscribeMessage('fail')
      fail(): never {
        throw new CodedError('NOT_FOUND', 'Nothing is here.');
      }
    }
    const node = await startHabitsApp({ providers: [Scoped] });
    const visitor = await new Visitor(node).arrive();
    const url = `${node.url}/scoped`;
    const other = await visitor.connect({ url, isPlain: true });

    const failing = visitor.socket({ url, isPlain: true }, { query: { fail: '' } });
    await failing.next('disconnect');

    expect(errors).toEqual(['Scoped.handleConnection failed']);
    expect(await other.ask('fail')).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  });
});

describe('a gateway on a port of its own', () => {
  it('has the session, and ends with it', async () => {
    const port = await freePort();
    const at = { url: `http://127.0.0.1:${String(port)}`, isPlain: true } as const;

    @WebSocketGateway(port)
    @AnySession()
    class Elsewhere {
      @SubscribeMessage('who')
      who(@ConnectedSocket() { data }: Socket): unknown {
        return (data as { principal: { kind: string } }).principal.kind;
      }
    }
    const node = await startHabitsApp({ providers: [Elsewhere] });
    const visitor = await new Visitor(node).arrive();
    const socket = await visitor.connect(at);

    expect(await socket.ask('who')).toEqual({ ok: true, data: 'guest' });
    expect((await new Visitor(node).socket(at).refused()).data).toMatchObject({
      code: 'UNAUTHENTICATED',
    });

    await node.app.get(Sessions, { strict: false }).end(visitor.handle);
    expect(await socket.next('session:ended')).toMatchObject({ reason: 'revoked' });
    await socket.next('disconnect');
  });
});
