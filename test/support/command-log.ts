import { randomUUID } from 'node:crypto';
import type { RedisClientType } from 'redis';
import { openRedis, serverUrls } from './redis-under-test.js';

/** What Redis is asked while something happens, seen with MONITOR. */
export class CommandLog {
  readonly #lines: string[] = [];
  #onLine: () => void = () => undefined;
  /** What was echoed last. */
  #mark = '';

  private constructor(private readonly markers: readonly RedisClientType[]) {}

  static async of(url: string): Promise<CommandLog> {
    const [master, ...others] = await serverUrls(url);
    // A replica repeats what its master was asked.
    const urls = url.includes('+sentinel:') ? [master ?? url] : [master ?? url, ...others];
    const watchers = await Promise.all(urls.map((each) => openRedis(each)));
    const log = new CommandLog(await Promise.all(urls.map((each) => openRedis(each))));
    for (const watcher of watchers) {
      await watcher.monitor((line) => {
        log.#lines.push(line);
        log.#onLine();
      });
    }
    return log;
  }

  /** Does `work` and resolves with the commands that Redis ran in that time, as MONITOR prints them. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    await this.#settle();
    this.#lines.length = 0;
    await work();
    await this.#settle();
    return this.#lines.filter((line) => !line.includes(this.#mark));
  }

  /** Resolves when everything sent so far was seen. */
  async #settle(): Promise<void> {
    const text = (this.#mark = randomUUID());
    const seen = new Promise<void>((resolve) => {
      this.#onLine = () => {
        const marks = this.#lines.filter((line) => line.includes(text));
        if (marks.length === this.markers.length) resolve();
      };
    });
    await Promise.all(this.markers.map((marker) => marker.echo(text)));
    await seen;
  }
}
