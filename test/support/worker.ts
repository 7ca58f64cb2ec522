import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createClient, type RedisClientType } from 'redis';
import {
  SessionsAdmin,
  SharedSessionModule,
  type SharedSessionWorkerOptions,
  SocketEmitter,
} from '../../src/shared-session/index.js';
import { stopAfterwards } from './cleanup.js';

/** An application without HTTP and without sockets, as a queue's consumer is one. */
export interface Worker {
  readonly sessions: SessionsAdmin;
  readonly emitter: SocketEmitter;
  /** Stopping again is no error. */
  readonly stop: () => Promise<void>;
}

/** A client as an application makes it for its worker. */
export async function openWorkersOwn(url: string): Promise<RedisClientType> {
  const client: RedisClientType = createClient({ url, disableOfflineQueue: true });
  client.on('error', () => undefined);
  await client.connect();
  stopAfterwards(() => {
    client.destroy();
  });
  return client;
}

/** Rejects with what stops its start. */
export async function startWorker(options: SharedSessionWorkerOptions): Promise<Worker> {
  @Module({ imports: [SharedSessionModule.forWorker(options)] })
  class WorkerModule {}

  const app = await NestFactory.createApplicationContext(WorkerModule, {
    logger: false,
    abortOnError: false,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= app.close());
  stopAfterwards(stop);
  return { sessions: app.get(SessionsAdmin), emitter: app.get(SocketEmitter), stop };
}
