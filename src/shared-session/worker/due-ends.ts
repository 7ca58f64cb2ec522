import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnModuleInit,
} from '@nestjs/common';
import { StoredSessions } from '../store/stored-sessions.js';

/** As often as nodes try. */
const PAUSE_MS = 1000;

/** Finishes the ends that this process began and could not finish, as `SessionUpkeep` does on a node. */
@Injectable()
export class DueEnds implements OnModuleInit, BeforeApplicationShutdown {
  readonly #logger = new Logger(DueEnds.name);
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly stored: StoredSessions) {}

  onModuleInit(): void {
    this.#timer = setInterval(() => {
      this.stored.finishDue().catch((error: unknown) => {
        this.#logger.debug(`An end will be tried again: ${String(error)}`);
      });
    }, PAUSE_MS);
  }

  /** Once more, while there is a connection. What is left then, any node finishes that meets its mark. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.stored.finishDue().catch(() => undefined);
  }
}
