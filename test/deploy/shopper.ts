import { setTimeout as pause } from 'node:timers/promises';
import type { LiveSession } from '../../src/client/index.js';
import { cartOf, openLiveTab } from '../support/browser-tab.js';
import { operation, Visitor } from '../support/visitor.js';

const RETRY_MS = 50;
const MOST_TRIES = 200;
/** What a proxy or a node says that cannot do its work just now. */
const LATER = [502, 503, 504];

interface Result {
  readonly replayed: boolean;
}

/** A signed-in visitor who sends one command after another, by request and by socket in turn, and each until it is answered. */
export class Shopper {
  /** How many commands were applied. */
  applied = 0;
  /** What must not happen: commands that failed for good, sign-outs. */
  readonly failures: string[] = [];

  private constructor(
    readonly visitor: Visitor,
    private readonly tab: LiveSession,
  ) {
    tab.subscribe(() => {
      const { status, ended } = tab.getSnapshot();
      if (status === 'ended') this.failures.push(`the tab ended: ${String(ended)}`);
    });
  }

  /** Registers somebody and opens his page. */
  static async arrive(at: { url: string }): Promise<Shopper> {
    // The proxy's answers are not in the contract.
    const proxy = { ...at, isPlain: true as const };
    const visitor = await new Visitor(proxy).register();
    return new Shopper(visitor, await openLiveTab(visitor, proxy));
  }

  /** Resolves when the last command is settled after `isOver` has become true. */
  async shop(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.#byRequest();
      await this.#bySocket();
    }
  }

  async #byRequest(): Promise<void> {
    const body = operation('set', 'scale', (this.applied % 99) + 1);
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const status = await this.visitor
        .post<Result>('/cart/operations', body)
        .then((answer) => answer.status)
        .catch(() => 502);
      if (status === 200) {
        this.applied += 1;
        return;
      }
      if (!LATER.includes(status)) break;
      await pause(RETRY_MS);
    }
    this.failures.push('a request');
  }

  async #bySocket(): Promise<void> {
    const settled = await cartOf(this.tab).set('cup-set', (this.applied % 99) + 1);
    if (settled.applied) this.applied += 1;
    else this.failures.push(`a command: ${settled.error.code}`);
  }
}
