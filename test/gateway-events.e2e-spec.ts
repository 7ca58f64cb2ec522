import 'reflect-metadata';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startEventApp } from './support/event-app.js';
import { startRedis } from './support/redis-under-test.js';
import type { TestNode } from './support/test-node.js';
import type { TestSocket } from './support/test-socket.js';
import { Visitor } from './support/visitor.js';

const INTERNAL = { ok: false, error: { code: 'INTERNAL' } };

describe('an event of an application’s gateway', () => {
  let node: TestNode;

  const connect = async (): Promise<TestSocket> => {
    const visitor = new Visitor(node);
    await visitor.arrive();
    return visitor.connect();
  };

  beforeAll(async () => {
    node = await startEventApp(await startRedis());
  });

  it.each(['bigint', 'cycle', 'unsendable details'])(
    'is answered INTERNAL when JSON cannot hold its outcome: %s',
    async (event) => {
      const socket = await connect();

      expect(await socket.ask(event)).toMatchObject(INTERNAL);

      expect(await socket.ask('hello')).toEqual({ ok: true, data: 'hello' });
    },
  );
});
