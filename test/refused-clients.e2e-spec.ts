import 'reflect-metadata';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { io } from 'socket.io-client';
import { stopAfterwards } from './support/cleanup.js';
import { eventually } from '../src/testing/eventually.js';
import { startHabitsApp } from './support/habits-app.js';
import { listen } from './support/log-lines.js';
import type { TestNode } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a client that is refused', () => {
  let node: TestNode;

  beforeAll(async () => {
    node = await startHabitsApp({
      providers: [],
      options: { allowedOrigins: ['https://shop.example'] },
    });
  });

  it('learns what to do where it polls, as Socket.IO’s client does by default', async () => {
    const warnings = listen('warn');
    const polling = io(node.url, { forceNew: true, reconnection: false });
    stopAfterwards(() => polling.disconnect());

    const body = await new Promise<string>((resolve) => {
      // The client's request is reset once its listeners have seen it.
      polling.once('connect_error', (error) => {
        resolve((error as { context?: { responseText?: string } }).context?.responseText ?? '');
      });
    });

    expect(JSON.parse(body)).toMatchObject({
      code: 0,
      message: expect.stringContaining("{ transports: ['websocket'] }"),
    });
    expect(warnings).toEqual([expect.stringMatching(/^Refused a polling client.*websocket/)]);
  });

  it('is told by no header that scripts of other origins may read that', async () => {
    const { status, headers, body } = await new Visitor(node).request(
      'GET',
      '/socket.io/?EIO=4&transport=polling',
      { headers: { origin: 'https://shop.example' } },
    );

    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 0 });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('is in the log once a minute where it asks for a namespace that nobody has', async () => {
    const warnings = listen('warn');

    for (const name of ['nowhere', 'nor-here']) {
      const socket = new Visitor(node).socket({ url: `${node.url}/${name}`, isPlain: true });
      expect((await socket.refused()).message).toBe('Invalid namespace');
    }

    expect(warnings).toEqual([expect.stringContaining('Refused the namespace "/nowhere"')]);
  });

  it('is in the log where it sends a message above 16 KB', async () => {
    const warnings = listen('warn');
    const socket = await (await new Visitor(node).arrive()).connect();

    socket.client.emit('say', 'x'.repeat(20_000));

    await socket.next('disconnect');
    await eventually(() => warnings.some((line) => line.includes('sent a message above 16 KB')));
  });
});
