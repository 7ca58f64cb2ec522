import { sessionHandle } from '../../../src/shared-session/session/session-handle.js';
import { call } from './call.js';
import type { Stage } from './experiment.js';
import { Tab } from './tab.js';

/** So many arrive at once. */
const AT_ONCE = 20;

/** Guests, each with a session and a socket, who only watch. Their sessions cost no password hash. */
export class Onlookers {
  readonly #tabs: Tab[] = [];

  constructor(private readonly stage: Stage) {}

  get live(): number {
    return this.#tabs.filter(({ isLive }) => isLive).length;
  }

  async arrive(count: number): Promise<void> {
    while (this.#tabs.length < count) {
      const coming = Math.min(AT_ONCE, count - this.#tabs.length);
      this.#tabs.push(...(await Promise.all(Array.from({ length: coming }, () => this.#one()))));
    }
  }

  close(): void {
    for (const tab of this.#tabs) tab.close();
  }

  async #one(): Promise<Tab> {
    const { fleet, history, random } = this.stage;
    const { cookie = '', status } = await call(fleet.pick(), 'GET', '/session');
    if (status !== 200) throw new Error(`A guest was refused with ${String(status)}.`);
    const [, sid = ''] = /sid=s:([^.]*)\./.exec(decodeURIComponent(cookie)) ?? [];
    return new Tab({ cookie, handle: sessionHandle(sid), history, random, place: fleet.pick });
  }
}
