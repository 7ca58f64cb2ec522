import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { eventually } from '../src/testing/eventually.js';
import { limitRequests } from '../src/server/limit-requests.js';

const MOST = 50;
const TOO_MANY = MOST + 10;

@Module({})
class EmptyModule {}

describe('requests', () => {
  let app: NestExpressApplication;
  let open: () => void;

  beforeEach(async () => {
    const opened = new Promise<void>((resolve) => (open = resolve));
    app = await NestFactory.create<NestExpressApplication>(EmptyModule, { logger: false });
    app.use(limitRequests({ of: ({ headers }) => String(headers['x-from']) }));
    app.use('/health/live', (_: Request, response: Response) => response.end());
    app.use('/slow', (_: Request, response: Response) => {
      void opened.then(() => response.end());
    });
    app.use('/stream', (_: Request, response: Response) => {
      response.writeHead(200).write('begun');
      void opened.then(() => response.end());
    });
    await app.listen(0, '127.0.0.1');
  });

  afterEach(async () => {
    open();
    await app.close();
  });

  async function ask(path: string, from = 'here'): Promise<globalThis.Response> {
    return fetch(`${await app.getUrl()}${path}`, { headers: { 'x-from': from } });
  }

  it('of one address wait for no more than fifty of their kind, and others not at all', async () => {
    const answers: globalThis.Response[] = [];
    const asked = Array.from({ length: TOO_MANY }, async () => answers.push(await ask('/slow')));

    await eventually(() => answers.length === TOO_MANY - MOST);

    const [refused] = answers;
    expect(refused?.status).toBe(429);
    expect(refused?.headers.get('retry-after')).toBe('1');
    expect(await refused?.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    expect((await ask('/stream', 'elsewhere')).status).toBe(200);
    expect((await ask('/health/live')).status).toBe(200);
    open();
    await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(MOST);
    expect((await ask('/slow')).status).toBe(200);
  });

  it('that have begun to be answered are not in the way of others', async () => {
    const streams = await Promise.all(Array.from({ length: TOO_MANY }, () => ask('/stream')));

    expect(streams.filter(({ status }) => status === 200)).toHaveLength(TOO_MANY);
    open();
    await Promise.all(streams.map((stream) => stream.text()));
  });
});
