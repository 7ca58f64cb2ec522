import { setTimeout as pause } from 'node:timers/promises';
import { PASSWORD } from '../../support/visitor.js';
import { call } from './call.js';
import type { CustomerSettings } from './customer.js';
import type { End } from './history.js';
import { SignedInSession } from './signed-in-session.js';

const AGAIN_MS = 400;
/** After its end was acknowledged, a session's cookie is shown again after so long. */
const SHOWN_AFTER_MS = [0, 1500];

/** One browser of a customer's: signed in, or on its way. */
export class Device {
  session: SignedInSession | undefined;
  /** Whether its user is unknown to the server by now. */
  isStranger = false;
  #retired: SignedInSession[] = [];

  constructor(
    private readonly email: string,
    private readonly settings: CustomerSettings,
  ) {}

  /** Signs in, however often it takes, unless there is no such account any more. */
  async signIn(): Promise<void> {
    const body = { email: this.email, password: PASSWORD };
    for (;;) {
      const { status, cookie } = await call(this.settings.place(), 'POST', '/auth/login', { body });
      if (status === 200 && cookie !== undefined) {
        this.session = new SignedInSession(cookie, this.settings);
        return;
      }
      if (status === 401) {
        this.isStranger = true;
        return;
      }
      await this.#pause();
    }
  }

  /** Ends its own session. */
  async signOut(): Promise<void> {
    const { session } = this;
    if (!session) return;
    const end = this.#begin(session);
    await this.#until(() => session.request('POST', '/auth/logout'), [204, 401]);
    await this.#finish(session, end);
  }

  /** Ends the other device's session. */
  async endOther(other: Device): Promise<void> {
    const { session } = other;
    if (!session) return;
    const end = other.#begin(session);
    // Who has lost the session meanwhile ends nobody's.
    const status = await this.#until(
      () => this.session?.request('DELETE', '/devices') ?? Promise.resolve(401),
      [204, 401],
    );
    if (status === 401)
      await other.#until(() => session.request('POST', '/auth/logout'), [204, 401]);
    await other.#finish(session, end);
  }

  async mend(): Promise<void> {
    const { session, settings } = this;
    if (!session?.isOver || settings.history.hasEnded(session.handle)) return;
    const { handle } = session;
    settings.history.forcedOut.push({ handle, at: Date.now(), how: session.how });
    this.#retire(session);
    await this.signIn();
  }

  close(): void {
    this.session?.tab.close();
    for (const { tab } of this.#retired) tab.close();
  }

  #begin({ handle, cookie }: SignedInSession): End {
    const end: End = { handle, cookie, user: this.email, invokedAt: Date.now() };
    this.settings.history.ends.set(handle, end);
    return end;
  }

  /** Notes the end, shows the cookie again, and leaves the sockets to the server. */
  async #finish(session: SignedInSession, end: End): Promise<void> {
    end.acknowledgedAt = Date.now();
    this.#retire(session);
    for (const ms of SHOWN_AFTER_MS) {
      await pause(ms);
      const { name, url } = this.settings.place();
      const { status } = await call({ name, url }, 'GET', '/user/profile', { cookie: end.cookie });
      if (status === 200) this.settings.history.letIn.push(`${end.handle} at ${name}`);
    }
  }

  #retire(session: SignedInSession): void {
    this.session = undefined;
    session.tab.retire();
    this.#retired.push(session);
  }

  async #until(send: () => Promise<number>, wanted: readonly number[]): Promise<number> {
    for (;;) {
      const status = await send();
      if (wanted.includes(status)) return status;
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return pause(AGAIN_MS * (0.5 + this.settings.random.next()));
  }
}
