import { api } from './api.js';
import type { SessionEnded } from './contract.js';
import { Live } from './live.js';
import type { Page } from './page.js';

const RETRY_MS = 2000;

/** Keeps the page on the browser's session, whichever that is: HTTP first, then the socket. */
export class Visit {
  readonly live: Live;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSigning = false;

  constructor(private readonly page: Page) {
    this.live = new Live(page, (end) => this.#follow(end));
  }

  /** Reads the session, or starts a guest's, and connects with its cookie. */
  enter(): Promise<void> {
    this.page.showStatus('connecting');
    return this.#enter();
  }

  async #enter(): Promise<void> {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    this.live.disconnect();
    try {
      const [session, products] = [await api.session(), await api.catalog()];
      if (turn !== this.#turn) return;
      this.page.showSession(session);
      this.page.showCatalog(products);
      this.live.connect();
    } catch {
      if (turn !== this.#turn) return;
      this.page.showStatus('offline');
      this.#enterIn(RETRY_MS);
    }
  }

  /** Signs in, registers or signs out, then goes on with the session that this gave the browser. */
  async sign(...request: Parameters<typeof api.sign>): Promise<void> {
    this.#isSigning = true;
    try {
      await api.sign(...request);
    } finally {
      this.#isSigning = false;
    }
    await this.enter();
  }

  #follow({ reason, reconnect, retryAfterMs = 0 }: SessionEnded): void {
    if (reconnect === 'now') {
      this.page.showStatus(reason === 'replaced' ? 'connecting' : 'offline');
      this.#enterIn(retryAfterMs);
    } else {
      this.page.showStatus('signed-out');
      this.page.showEnded(reason);
    }
  }

  /**
   * While signing in is under way, the old session has ended and the new cookie is not here yet:
   * asking for the session then would start a guest's, and its cookie would undo the sign-in.
   */
  #enterIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#isSigning) this.#enterIn(RETRY_MS);
      else void this.#enter();
    }, ms);
  }
}
