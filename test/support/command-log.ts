import { randomUUID } from 'node:crypto';
import { openRedis } from './redis-under-test.js';

/** What Redis is asked while something happens, seen with MONITOR. */
export class CommandLog {
  readonly #lines: string[] = [];
  #onLine: () => void = () => undefined;

  private constructor(private readonly mark: (text: string) => Promise<unknown>) {}

  static async of(url: string): Promise<CommandLog> {
    const [watcher, marker] = [await openRedis(url), await openRedis(url)];
    const log = new CommandLog((text) => marker.echo(text));
    await watcher.monitor((line) => {
      log.#lines.push(line);
      log.#onLine();
    });
    return log;
  }

  /** Does `work` and resolves with the commands that Redis ran in that time, as MONITOR prints them. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    await this.#settle();
    this.#lines.length = 0;
    await work();
    await this.#settle();
    return this.#lines.slice(0, -1);
  }

  /** Resolves when everything sent so far was seen. */
  async #settle(): Promise<void> {
    const text = randomUUID();
    const seen = new Promise<void>((resolve) => {
      this.#onLine = () => {
        if (this.#lines.at(-1)?.includes(text)) resolve();
      };
    });
    await this.mark(text);
    await seen;
  }
}
