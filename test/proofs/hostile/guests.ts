import type { Random } from '../../support/random.js';
import { sessionHandle } from '../../../src/shared-session/session/session-handle.js';
import { call } from './http-call.js';

/** So many sessions are shared by all moves that do not end theirs. */
const SHARED = 24;

/** The sessions that hostile clients come with. */
export class Guests {
  readonly #shared: string[] = [];

  constructor(private readonly at: URL) {}

  /** The cookie of a new guest's session. */
  async arrive(): Promise<string> {
    const { status, cookie } = await call(this.at, 'GET', '/session');
    if (!cookie) throw new Error(`No guest session was started: ${String(status)}`);
    return cookie;
  }

  /** Starts the shared sessions. */
  async prepare(): Promise<void> {
    while (this.#shared.length < SHARED) this.#shared.push(await this.arrive());
  }

  /** The cookie of the first of the shared sessions: the same for all who need the same bytes. */
  get first(): string {
    return this.#shared[0] ?? '';
  }

  /** The cookie of one of the shared sessions. */
  any(random: Random): string {
    return random.pick(this.#shared);
  }
}

/** The public name of a cookie's session. */
export function handleOf(cookie: string): string {
  const [, sid = ''] = /sid=s:([^.]*)\./.exec(decodeURIComponent(cookie)) ?? [];
  return sessionHandle(sid);
}
