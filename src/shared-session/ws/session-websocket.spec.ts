import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SessionWebSocket } from './session-websocket.js';

describe('a client that is asked for a sign of life', () => {
  let client: SessionWebSocket;
  let close: jest.SpiedFunction<SessionWebSocket['close']>;

  beforeEach(() => {
    // As a server of ws makes it.
    const made = new SessionWebSocket(null as never, undefined, {}) as SessionWebSocket & {
      setSocket(stream: Duplex, head: Buffer, options: object): void;
    };
    const stream = new Duplex({
      read: () => undefined,
      write: (_, __, done) => {
        done();
      },
    });
    made.setSocket(stream, Buffer.alloc(0), { maxPayload: 0 });
    client = made;
    close = jest.spyOn(client, 'close');
  });

  afterEach(() => {
    client.terminate();
  });

  it('is closed with 4408 when it gave none until the next time', () => {
    client.probe();
    expect(close).not.toHaveBeenCalled();

    client.probe();

    expect(close).toHaveBeenCalledWith(4408, 'timeout');
  });

  it.each(['pong', 'message'])('lives on with a %s', (event) => {
    client.probe();
    client.emit(event, Buffer.alloc(0), false);

    client.probe();

    expect(close).not.toHaveBeenCalled();
  });
});
