import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'redis';
import { type Job, JobHandler } from './job-handler.js';

const WAITING = 'jobs';
const TAKEN = 'jobs:taken';

/**
 * Takes jobs from a list. One that fails, or whose worker dies, waits in another list until a worker starts. Of several
 * workers, each needs a list of its own for what it has taken.
 */
@Injectable()
export class JobQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(JobQueue.name);
  /** A client of its own: a command that waits for a job holds up all others behind it. */
  readonly #client = createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' });
  #isStopping = false;
  #stopped = Promise.resolve();

  constructor(private readonly handler: JobHandler) {}

  async onApplicationBootstrap(): Promise<void> {
    this.#client.on('error', (error: Error) => this.#logger.warn(error.message));
    await this.#client.connect();
    while (await this.#client.lMove(TAKEN, WAITING, 'RIGHT', 'LEFT'));
    this.#stopped = this.#work();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    await this.#stopped;
    this.#client.destroy();
  }

  async #work(): Promise<void> {
    while (!this.#isStopping) {
      try {
        const job = await this.#client.blMove(WAITING, TAKEN, 'LEFT', 'RIGHT', 1);
        if (job === null) continue;
        await this.handler.handle(JSON.parse(job) as Job);
        await this.#client.lRem(TAKEN, 1, job);
      } catch (error) {
        this.#logger.error(error);
        await pause(1000);
      }
    }
  }
}
