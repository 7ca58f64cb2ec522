import { beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { z } from 'zod';
import {
  AnySession,
  HttpErrorFilter,
  Payload,
  PayloadPipe,
  SessionController,
} from '../src/shared-session/index.js';
import { startApp } from '../src/testing/test-node.js';
import { cleanup } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import type { TestSocket } from './support/test-socket.js';
import { Visitor } from './support/visitor.js';
import { sharedSession } from './support/shared-session.js';

const Note = z.strictObject({ text: z.string().trim() });
const Anything = z.looseObject({});

@Controller()
class NoteController {
  @Post('bound')
  bound(@Body(new PayloadPipe(Note)) note: unknown) {
    return note;
  }

  @Post('declared')
  declared(@Body({ schema: Note }) note: unknown) {
    return note;
  }
}

@WebSocketGateway()
@AnySession()
class NoteGateway {
  @SubscribeMessage('bound')
  bound(@Payload(Note) note: unknown) {
    return note;
  }

  @SubscribeMessage('declared')
  declared(@MessageBody({ schema: Note }) note: unknown) {
    return note;
  }

  @SubscribeMessage('keys')
  keys(@Payload(Anything) payload: { deep: { list: [object] } }) {
    const { deep } = payload;
    return [payload, deep, deep.list[0]].map((each) => Object.getOwnPropertyNames(each));
  }
}

async function start(): Promise<Visitor> {
  const redis = await startRedis();

  @Module({
    imports: [sharedSession(redis)],
    controllers: [NoteController, SessionController],
    providers: [NoteGateway],
  })
  class NoteModule {}

  const { url } = await startApp(NoteModule, cleanup, (app) => {
    app.useGlobalFilters(new HttpErrorFilter());
  });
  return new Visitor({ url, isPlain: true }).arrive();
}

describe('a payload with a schema', () => {
  let visitor: Visitor;
  let socket: TestSocket;

  beforeAll(async () => {
    visitor = await start();
    socket = await visitor.connect();
  });

  describe.each(['bound', 'declared'])('that is %s', (name) => {
    it('reaches its handler as the schema made it, over HTTP and on sockets', async () => {
      const { body } = await visitor.post(`/${name}`, { text: ' hello ' });
      const answer = await socket.get(name, { text: ' hello ' });

      expect([body, answer]).toEqual([{ text: 'hello' }, { text: 'hello' }]);
    });

    it('is refused with what is wrong where, over HTTP and on sockets', async () => {
      const { status, body } = await visitor.post<object>(`/${name}`, { text: 1 });
      const answer = await socket.ask(name, { text: 1 });

      const error = {
        code: 'INVALID_PAYLOAD',
        message: 'The payload is not valid.',
        details: [{ path: 'text', message: expect.any(String) }],
      };
      expect([status, body]).toEqual([400, { error }]);
      expect(answer).toEqual({ ok: false, error });
    });
  });

  it('brings no key that would change a prototype, at any depth', async () => {
    const keys = '"__proto__":{},"constructor":{},"prototype":{}';
    const payload: unknown = JSON.parse(`{${keys},"deep":{${keys},"list":[{${keys},"last":1}]}}`);

    expect(await socket.get('keys', payload)).toEqual([['deep'], ['list'], ['last']]);
  });
});
