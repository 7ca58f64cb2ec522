import 'reflect-metadata';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Request, RequestHandler } from 'express';
import { SessionLinks } from '../src/shared-session/links/session-links.js';
import { SESSION_MIDDLEWARE } from '../src/shared-session/shared-session.module-definition.js';
import { Handshake } from '../src/shared-session/socket/handshake.js';
import { startEventApp } from './support/event-app.js';
import { eventually } from '../src/testing/eventually.js';
import { startRedis } from './support/redis-under-test.js';
import type { TestNode } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

// express-session names a session before it waits for anything. Another version might not.
describe('a socket whose session is named late', () => {
  let node: TestNode;
  let links: SessionLinks;
  let visitor: Visitor;
  /** What happens after the session was read and before the handshake goes on. */
  let meanwhile: (request: Request) => Promise<unknown>;

  const nameLate = (named: RequestHandler): RequestHandler => {
    return (request, response, next) => {
      setImmediate(() => {
        void named(request, response, (error?: unknown) => {
          void meanwhile(request).then(() => {
            next(error);
          });
        });
      });
    };
  };

  beforeAll(async () => {
    node = await startEventApp(await startRedis());
    links = node.app.get(SessionLinks, { strict: false });
    const middleware = node.app.get<RequestHandler>(SESSION_MIDDLEWARE, { strict: false });
    Object.assign(node.app.get(Handshake, { strict: false }), { middleware: nameLate(middleware) });
  });

  beforeEach(async () => {
    meanwhile = () => nextTurn();
    visitor = new Visitor(node);
    await visitor.post('/login');
  });

  it('is let in, and ends with its session', async () => {
    const socket = await visitor.connect();

    expect(await socket.ask('hello')).toEqual({ ok: true, data: 'hello' });

    await visitor.post('/login');
    await socket.next('session:ended');
  });

  it('is refused when its session ended before it was tied to it', async () => {
    meanwhile = () => visitor.post('/login');

    const error = await visitor.socket().refused();

    expect(error.data).toMatchObject({ code: 'UNAUTHENTICATED' });
    await eventually(() => links.all().length === 0);
  });

  it('is refused when no session is named at all', async () => {
    visitor.cookie = '';

    const error = await visitor.socket().refused();

    expect(error.data).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is not kept when it closed meanwhile', async () => {
    const socket = visitor.socket();
    let isClosed = false;
    meanwhile = async (request) => {
      meanwhile = () => nextTurn();
      const closed = once(request.socket, 'close');
      socket.client.disconnect();
      await closed;
      await nextTurn();
      isClosed = true;
    };
    await eventually(() => isClosed);

    const other = await new Visitor(node).arrive();
    await other.connect();

    expect(links.all().map(({ handle }) => handle)).toEqual([other.handle]);
  });
});
