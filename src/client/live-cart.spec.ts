import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LiveCart } from './live-cart.js';
import type { LiveSession } from './live-session.js';

/** A cart on a session whose server is not there; `asked` are the events that it was sent. */
function cartOn() {
  const listeners = new Map<string, () => void>();
  const asked: string[] = [];
  const session = {
    socket: { on: (event: string, listener: () => void) => listeners.set(event, listener) },
    getSnapshot: () => ({ status: 'live', session: null }),
    ask: (event: string) => {
      asked.push(event);
      return Promise.reject(new Error('no answer'));
    },
  };
  // Only what the cart uses of a session.
  const cart = new LiveCart(session as unknown as LiveSession);
  return { cart, asked, receive: (event: string) => listeners.get(event)?.() };
}

describe('LiveCart', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('asks for the cart at once when a connection is ready', () => {
    const { cart, asked, receive } = cartOn();
    asked.length = 0;

    receive('connect');
    receive('session:ready');

    expect(asked).toEqual(['cart:get']);
    cart.stop();
  });

  it('waits a random time of up to 2 s when the server tells every client to start over', () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.75);
    const { cart, asked, receive } = cartOn();
    asked.length = 0;

    receive('session:ready');
    jest.advanceTimersByTime(1499);
    expect(asked).toEqual([]);
    jest.advanceTimersByTime(1);

    expect(asked).toEqual(['cart:get']);
    cart.stop();
    random.mockRestore();
  });
});
