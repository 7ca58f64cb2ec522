import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stopAfterwards } from '../support/cleanup.js';
import { SCENARIOS } from '../torture/scenarios.js';
import type { RowAnswer } from './rows-program.js';

const PROGRAM = 'build/room/test/room/rows-program.js';

/** The rows of `npm run torture`, each to be run by itself; in a process of their own, for they keep it busy. */
export class Scoreboard {
  #child: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();

  get names(): string[] {
    return SCENARIOS.map(({ name }) => name);
  }

  /** Runs a row once those before are done; null: it failed, or there is no such row. */
  run(index: number): Promise<RowAnswer> {
    if (!SCENARIOS[index]) return Promise.resolve(null);
    const answer = this.#last.then(() => this.#ask(index));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask(index: number): Promise<RowAnswer> {
    const child = (this.#child ??= this.#start());
    const answered = once(child, 'message');
    const ended = once(child, 'exit').then((): [RowAnswer] => [null]);
    child.send(index, () => undefined);
    const [answer] = (await Promise.race([answered, ended])) as [RowAnswer];
    return answer;
  }

  #start(): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const ended = once(child, 'exit');
    void ended.then(() => (this.#child = undefined));
    stopAfterwards(async () => {
      // It stops its servers, and ends.
      if (child.connected) child.disconnect();
      await ended;
    });
    return child;
  }
}
