import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { SessionsAdmin, SharedSessionModule, SocketEmitter } from '../src/shared-session/index.js';
import { eventually } from '../src/testing/eventually.js';
import { listen } from './support/log-lines.js';
import { type PlainApp, startPlainApp } from './support/plain-app.js';
import { openRedis, startSingleRedis } from './support/redis-under-test.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { uniquePrefix } from './support/test-node.js';
import type { TestSocket } from './support/test-socket.js';
import { Visitor } from './support/visitor.js';
import { openWorkersOwn, startWorker, type Worker } from './support/worker.js';

const user = (id: string) => ({ kind: 'user', id }) as const;

describe('a worker without HTTP and sockets', () => {
  let redisUrl: string;
  let a: PlainApp;
  let b: PlainApp;
  let worker: Worker;
  const prefix = uniquePrefix();

  beforeAll(async () => {
    redisUrl = await startSingleRedis();
    [a, b, worker] = await Promise.all([
      startPlainApp(redisUrl, { prefix }),
      startPlainApp(redisUrl, { prefix }),
      startWorker({ redis: redisUrl, prefix }),
    ]);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  let users = 0;
  /** A user whom no other test has. */
  async function signIn(node = a): Promise<{ id: string; visitor: Visitor }> {
    users += 1;
    const id = `user-${String(users)}`;
    return { id, visitor: await new Visitor(node).loginAs({ id }) };
  }

  const namesOf = (data: object) => (data as { user: { name?: string } }).user;

  describe('emits', () => {
    it('to all sockets of a user, on every node, and to nobody else’s', async () => {
      const [{ id, visitor }, other] = [await signIn(), await signIn()];
      const tabs = [await visitor.connect(a), await visitor.connect(b)];
      const elsewhere = await other.visitor.connect(b);

      const wasTaken = await worker.emitter.toPrincipal(user(id)).emit('order:shipped', { no: 7 });
      await worker.emitter.toPrincipal(user(other.id)).emit('sentinel');

      expect(wasTaken).toBe(true);
      for (const tab of tabs) expect(await tab.next('order:shipped')).toEqual({ no: 7 });
      await elsewhere.next('sentinel');
      expect(elsewhere.unread).not.toContain('order:shipped');
    });

    it('to the sockets of one session, and to no other of the user’s', async () => {
      const { id, visitor } = await signIn();
      const second = await new Visitor(b).loginAs({ id });
      const [one, other] = [await visitor.connect(b), await second.connect(b)];

      await worker.emitter.toSession(visitor.handle).emit('told');
      await worker.emitter.toSession(second.handle).emit('sentinel');

      await one.next('told');
      await other.next('sentinel');
      expect(other.unread).not.toContain('told');
    });

    it('bytes, as they are', async () => {
      const { id, visitor } = await signIn();
      const socket = await visitor.connect(b);
      const bytes = Buffer.from([0, 1, 254, 255]);

      await worker.emitter.toPrincipal(user(id)).emit('file', bytes);
      await worker.emitter.toSession(visitor.handle).emit('file', bytes);

      expect(await socket.next('file')).toEqual(bytes);
      expect(await socket.next('file')).toEqual(bytes);
    });

    it('in another namespace, with or without its slash', async () => {
      const { id, visitor } = await signIn();
      const socket = visitor.socket(b, { namespace: '/elsewhere' });
      await socket.ready();

      await worker.emitter.of('/elsewhere').toPrincipal(user(id)).emit('told', 1);
      await worker.emitter.of('elsewhere').toPrincipal(user(id)).emit('told', 2);

      expect(await socket.next('told')).toBe(1);
      expect(await socket.next('told')).toBe(2);
    });

    it('and is told so where nobody is connected', async () => {
      expect(await worker.emitter.toPrincipal(user('nobody')).emit('told')).toBe(false);
      expect(await worker.emitter.toSession('no-session-of-this-1').emit('told')).toBe(false);
    });

    it('nothing that JSON cannot hold, nor an event of Socket.IO’s own', async () => {
      const target = worker.emitter.toPrincipal(user('nobody'));
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;

      await expect(target.emit('told', circular)).rejects.toThrow(TypeError);
      await expect(target.emit('told', { no: 1n })).rejects.toThrow(TypeError);
      await expect(target.emit('disconnect')).rejects.toThrow('Socket.IO');
    });
  });

  describe('commands sessions', () => {
    it('ends one, and its sockets on another node are told', async () => {
      const { visitor } = await signIn();
      const socket = await visitor.connect(b);

      await worker.sessions.end(visitor.handle);

      expect(await socket.ended()).toBe('revoked');
      expect((await visitor.get('/me')).body).toEqual({});
    });

    it('ends all of a user, on all nodes', async () => {
      const { id, visitor } = await signIn();
      const second = await new Visitor(b).loginAs({ id });
      const sockets = [await visitor.connect(b), await second.connect(a)];

      await worker.sessions.endAll(user(id));

      for (const socket of sockets) expect(await socket.ended()).toBe('revoked');
      expect(await worker.sessions.list(user(id))).toEqual([]);
    });

    it('lists a user’s, and ends one of these alone', async () => {
      const [{ id, visitor }, other] = [await signIn(), await signIn()];
      const second = await new Visitor(b).loginAs({ id });

      const listed = await worker.sessions.list(user(id));

      const handles = [visitor.handle, second.handle];
      expect(new Set(listed.map(({ handle }) => handle))).toEqual(new Set(handles));
      const { handle } = other.visitor;
      expect(await worker.sessions.endByHandle(user(id), handle)).toBe(false);
      expect(await worker.sessions.endByHandle(user(id), second.handle)).toBe(true);
      expect(await worker.sessions.list(user(id))).toHaveLength(1);
    });

    it('changes them, and their sockets on another node are told', async () => {
      const { id, visitor } = await signIn();
      const socket = await visitor.connect(b);
      const rename = (name: string) => (data: object) => {
        namesOf(data).name = name;
      };
      const isNamed = (wanted: string) => (description: object) =>
        namesOf(description).name === wanted;

      await worker.sessions.update(visitor.handle, rename('Ada'));
      await socket.next('session:changed', isNamed('Ada'));
      await worker.sessions.updateAll(user(id), rename('Countess'));
      await socket.next('session:changed', isNamed('Countess'));
    });

    it('has a user loaded anew', async () => {
      let name = 'Ada';
      const node = await startPlainApp(redisUrl, {
        prefix,
        loadUser: (found) => Promise.resolve({ ...found, roles: [name] }),
      });
      const { id, visitor } = await signIn(node);
      const socket = await visitor.connect(node);
      name = 'Countess';

      await worker.sessions.reloadUser(user(id));

      const changed = await socket.next<{ user: { roles: string[] } }>('session:changed');
      expect(changed.user.roles).toEqual(['Countess']);
    });

    it('warns where it finds nobody in a session, since its option `user` is not the nodes’', async () => {
      const { id } = await signIn();
      const { sessions } = await startWorker({ redis: redisUrl, prefix, user: () => null });
      const lines = listen('warn');

      await sessions.endAll(user(id));
      await sessions.endAll(user(id));
      await worker.sessions.endAll(user(id));

      expect(lines).toEqual([expect.stringContaining('Is the option `user` that of the nodes?')]);
    });

    it('and can sign nobody in', () => {
      expect('signIn' in worker.sessions).toBe(false);
    });
  });

  it('has one connection, subscribes to nothing, and leaves none open, however often it starts', async () => {
    const url = await startSingleRedis();
    const single = await openRedis(url);
    const clients = () => single.clientList();
    const before = (await clients()).map(({ id }) => id);

    for (let round = 0; round < 3; round += 1) {
      const { emitter, stop } = await startWorker({ redis: url, prefix });
      await emitter.toPrincipal(user('nobody')).emit('told');
      const ours = (await clients()).filter(({ id }) => !before.includes(id));
      expect(ours).toMatchObject([{ sub: 0, psub: 0, ssub: 0 }]);
      await stop();
      await eventually(async () => (await clients()).every(({ id }) => before.includes(id)));
    }
  });

  it('takes its options from a factory', async () => {
    const useFactory = () => ({ redis: redisUrl, prefix });
    const module = SharedSessionModule.forWorkerAsync({ useFactory });
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    const { id, visitor } = await signIn();

    expect(await app.get(SessionsAdmin).list(user(id))).toMatchObject([{ handle: visitor.handle }]);
    await app.close();
  });

  it('leaves a client open that it was given', async () => {
    const commands = await openWorkersOwn(await startSingleRedis());

    const { stop } = await startWorker({ redis: { commands }, prefix });
    await stop();

    expect(await commands.ping()).toBe('PONG');
  });

  it('shares its services with nodes, which have them too', async () => {
    const { id, visitor } = await signIn();
    const [here, there] = [await visitor.connect(a), await visitor.connect(b)];

    await a.app.get(SocketEmitter).toPrincipal(user(id)).emit('told');
    await here.next('told');
    await there.next('told');
    await a.app.get(SessionsAdmin).endAll(user(id));

    expect(await here.ended()).toBe('revoked');
  });
});

describe('a worker on a Redis older than 7', () => {
  it('emits to the sockets of a user and of a session, and ends them', async () => {
    const redis = await TcpProxy.to(await startSingleRedis('classic'));
    redis.redisMajor = 6;
    const prefix = uniquePrefix();
    const node = await startPlainApp(redis.url, { prefix });
    const worker = await startWorker({ redis: redis.url, prefix });
    const visitor = await new Visitor(node).loginAs({ id: 'ada' });
    const socket: TestSocket = await visitor.connect(node);

    await worker.emitter.toPrincipal(user('ada')).emit('told', { by: 'user' });
    await worker.emitter.toSession(visitor.handle).emit('told', Buffer.from([255]));
    expect(await socket.next('told')).toEqual({ by: 'user' });
    expect(await socket.next('told')).toEqual(Buffer.from([255]));

    await worker.sessions.end(visitor.handle);
    expect(await socket.ended()).toBe('revoked');
  });
});
