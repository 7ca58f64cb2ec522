import { describe, expect, it, jest } from '@jest/globals';
import { connectSession } from './live-session.js';

interface Product {
  readonly sku: string;
}
interface ShopEvents {
  'cart:add': { payload: Product; answer: { version: number } };
  'cart:get': { answer: Product[] };
  'cart:changed': { payload: Product };
  'shop:closed': object;
}
interface ShopUser {
  readonly id: string;
  readonly name: string;
}

/** What holds of types is held by the compiler: `npm run typecheck`. */
describe('a session with the events of an application', () => {
  const session = connectSession<ShopEvents, ShopUser>();
  const untyped = connectSession();
  const hear = () => undefined;

  it('is asked what the server answers, with what that needs', async () => {
    const asked = [
      session.ask('cart:add', { sku: 'scale' }).then((answer) => {
        const version: number = answer.ok ? answer.data.version : 0;
        return version;
      }),
      session.poll('cart:get').then((answer) => answer.ok && answer.data[0]?.sku),
      session.poll('session:get').then((answer) => answer.ok && answer.data.handle),
      // @ts-expect-error -- it needs a product
      session.ask('cart:add'),
      // @ts-expect-error -- a number is none
      session.ask('cart:add', { sku: 7 }),
      // @ts-expect-error -- it takes nothing
      session.ask('cart:get', { sku: 'scale' }),
      // @ts-expect-error -- the server tells that, and answers nothing
      session.ask('cart:changed', { sku: 'scale' }),
      // @ts-expect-error -- there is no such event
      session.ask('cart:ad', { sku: 'scale' }),
      untyped.ask('any', 1, 'two'),
    ];

    for (const each of asked) await expect(each).rejects.toThrow('not connected');
  });

  it('is heard of with what the server tells', () => {
    const stops = [
      session.on('cart:changed', ({ sku }) => sku.length),
      session.on('shop:closed', hear),
      session.on('session:expiring', ({ inMs }) => inMs.toFixed()),
      // @ts-expect-error -- it has no price
      session.on('cart:changed', ({ price }) => price as number),
      // @ts-expect-error -- nobody is told that
      session.on('cart:add', hear),
      untyped.on('any', ({ sku }: Product) => sku),
    ];

    for (const stop of stops) stop();
    expect(session.socket.hasListeners('cart:changed')).toBe(false);
  });

  it('has the users of the application', () => {
    const user = session.getSnapshot().session?.user;
    // @ts-expect-error -- there is no such property
    const age = user?.age as unknown;

    expect([user?.name.length, age]).toEqual([undefined, undefined]);
  });

  it('passes events on until it is no longer to', () => {
    const listener = jest.fn();
    const stop = session.on('cart:changed', listener);
    const arrive = () => {
      for (const each of session.socket.listeners('cart:changed')) each({ sku: 'scale' });
    };
    arrive();

    stop();
    arrive();

    expect(listener.mock.calls).toEqual([[{ sku: 'scale' }]]);
  });
});
