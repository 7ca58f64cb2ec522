import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  closeRedisClients,
  openRedisClients,
  SessionIoAdapter,
  SharedSessionModule,
} from '../src/shared-session/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { TEST_SECRET } from './support/test-node.js';

describe('an application on Fastify', () => {
  it('does not start, and is told which platform it needs', async () => {
    const redis = await openRedisClients(await startRedis());
    stopAfterwards(() => closeRedisClients(redis));
    @Module({ imports: [SharedSessionModule.forRoot({ redis, secrets: [TEST_SECRET] })] })
    class FastifyModule {}
    // Not by `startNodes()`, which starts on Express.
    const app = await NestFactory.create(FastifyModule, new FastifyAdapter(), { logger: false });
    stopAfterwards(() => app.close());
    app.useWebSocketAdapter(new SessionIoAdapter(app));

    const started = app.listen(0, '127.0.0.1');

    await expect(started).rejects.toThrow('runs on FastifyAdapter');
    await expect(started).rejects.toThrow('@nestjs/platform-express');
  });
});
