import 'reflect-metadata';
import { once } from 'node:events';
import { inspect } from 'node:util';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import type { Socket as ServerSocket } from 'socket.io';
import { Manager, type Socket } from 'socket.io-client';
import { connections, startEventApp } from './support/event-app.js';
import { stopAfterwards } from './support/cleanup.js';
import { eventually } from '../src/testing/eventually.js';
import { startRedis } from './support/redis-under-test.js';
import type { TestNode } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

const ADA = { id: '42', name: 'Ada' };

const requestOf = (socket: ServerSocket | undefined): Request => socket?.request as Request;

describe('socket.request', () => {
  let node: TestNode;
  let visitor: Visitor;
  let manager: Manager;

  const connect = async (namespace: string): Promise<Socket> => {
    const socket = manager.socket(namespace);
    await once(socket as never, 'session:ready');
    return socket;
  };
  const accepted = (): Promise<ServerSocket> => eventually(() => connections.at(-1)?.socket);

  beforeAll(async () => {
    node = await startEventApp(await startRedis());
  });

  beforeEach(async () => {
    connections.length = 0;
    visitor = new Visitor(node);
    await visitor.post('/login');
    const extraHeaders = { cookie: visitor.cookie, 'user-agent': 'test' };
    manager = new Manager(node.url, {
      transports: ['websocket'],
      reconnection: false,
      extraHeaders,
    });
    stopAfterwards(() => {
      manager._close();
    });
  });

  it.each([
    ['first', ['/recipe']],
    ['further', ['/', '/recipe']],
  ])('has the session in handleConnection, in a %s namespace', async (_, namespaces) => {
    for (const namespace of namespaces) await connect(namespace);

    const request = requestOf(await accepted());
    expect(connections).toEqual([expect.objectContaining({ user: ADA, known: ADA })]);
    expect(request.sessionID).toBe(visitor.sid);
    expect(Object.isFrozen(request.session)).toBe(true);
  });

  it('has the headers without the cookie, and what else Socket.IO reads of it', async () => {
    await connect('/');
    await connect('/recipe');

    const socket = await accepted();
    const { headers, method, url, socket: stream } = requestOf(socket);
    expect(headers).toMatchObject({ 'user-agent': 'test' });
    expect(headers).not.toHaveProperty('cookie');
    expect({ method, url }).toEqual({ method: 'GET', url: socket.handshake.url });
    expect(stream.remoteAddress).toBe('127.0.0.1');
    expect(socket.handshake).toMatchObject({ secure: false, query: { EIO: '4' }, headers });
  });

  it('prints neither the session id nor the cookie', async () => {
    await connect('/recipe');

    const request = requestOf(await accepted());

    const printed = inspect(request) + inspect(request.session) + JSON.stringify(request.session);
    expect(printed).toContain('/socket.io/');
    expect(printed).not.toContain(visitor.sid);
  });

  it('has no session any more once it has ended', async () => {
    const socket = await connect('/recipe');
    const ended = once(socket as never, 'disconnect');

    await visitor.post('/login');
    await ended;

    const request = requestOf(await accepted());
    expect(request).not.toBeNull();
    expect([request.session, request.sessionID]).toEqual([undefined, undefined]);
    expect(request.headers).not.toHaveProperty('cookie');
  });
});
