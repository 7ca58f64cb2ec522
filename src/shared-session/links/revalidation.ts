import type { Announcer } from '../diagnostics/announcer.js';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import type { StoredSession, StoredSessions } from '../store/stored-sessions.js';
import type { Link } from './link.js';

const revalidated = diagnosticsChannel('revalidated');

/** What Redis said of one session; undefined where it was not asked. */
type Found = PromiseSettledResult<StoredSession | null> | undefined;

/** The links that have to be looked at, from a gap in the signals until that has succeeded. */
export class Revalidation {
  readonly #unsure = new Set<Link>();
  #running: Promise<void> | undefined;

  /** @param lookAt brings a link in step with what was found; what it rejects with is tried again */
  constructor(
    private readonly stored: Pick<StoredSessions, 'readEach'>,
    private readonly announcer: Announcer,
    private readonly lookAt: (link: Link, found: StoredSession | null) => Promise<void>,
  ) {}

  /** Whether every session was looked at again since signals may have been missed. */
  get isDone(): boolean {
    return this.#unsure.size === 0 && !this.#running;
  }

  /** Whether some could not be looked at, and are to be tried again. */
  get isDue(): boolean {
    return this.#unsure.size > 0;
  }

  /**
   * Looks at sessions, and once more at those that signals are missed of meanwhile.
   *
   * @throws what one of these sessions could not be looked at for; it is tried again
   */
  async run(links: readonly Link[]): Promise<void> {
    for (const link of links) this.#unsure.add(link);
    this.#running ??= this.#lookAtUnsure().finally(() => {
      this.#running = undefined;
    });
    try {
      await this.#running;
    } catch (error) {
      // Sessions on another server of a Cluster are no concern of these.
      if (links.some((link) => this.#unsure.has(link))) throw error;
    }
  }

  async #lookAtUnsure(): Promise<void> {
    while (this.#unsure.size > 0) {
      const links = [...this.#unsure];
      this.#unsure.clear();
      const found = await this.stored.readEach(links.map(({ handle }) => handle));
      const looks = links.map((link, index) => this.#try(link, found[index]));
      const outcomes = await Promise.allSettled(looks);
      const failed = outcomes.filter(({ status }) => status === 'rejected');
      if (revalidated.hasSubscribers) {
        const counts = { sessions: links.length, failed: failed.length };
        this.announcer.announce(revalidated, counts);
      }
      if (failed[0]) throw (failed[0] as PromiseRejectedResult).reason;
    }
  }

  async #try(link: Link, found: Found): Promise<void> {
    try {
      if (found?.status === 'rejected') throw found.reason;
      await this.lookAt(link, found?.value ?? null);
    } catch (error) {
      if (!link.ended) this.#unsure.add(link);
      throw error;
    }
  }
}
