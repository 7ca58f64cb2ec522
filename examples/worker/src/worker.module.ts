import { Module } from '@nestjs/common';
import { SharedSessionModule } from 'nestjs-shared-session';
import { JobHandler } from './job-handler.js';
import { JobQueue } from './job-queue.js';

@Module({
  imports: [
    SharedSessionModule.forWorker({ redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' }),
  ],
  providers: [JobHandler, JobQueue],
})
export class WorkerModule {}
