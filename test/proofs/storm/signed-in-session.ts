import { sessionHandle } from '../../../src/shared-session/session/session-handle.js';
import type { CartResult } from '../../../src/server/cart/cart.contract.js';
import { call, codeOf, type Place } from './call.js';
import type { CustomerSettings } from './customer.js';
import type { Attempt, Outcome } from './history.js';
import { Tab } from './tab.js';

/** What says that the same may succeed in a moment. */
const PASSING = ['UNAVAILABLE', 'RATE_LIMITED'];

interface Operation {
  readonly operationId: string;
  readonly sku: string;
}

/** What came of an attempt, as both ways tell it. */
interface Told {
  readonly result?: CartResult;
  readonly code?: string;
  readonly isUnanswered?: boolean;
}

/** A session as its browser has it: the cookie, and one tab. */
export class SignedInSession {
  readonly handle: string;
  readonly tab: Tab;
  #wasRefused = '';

  constructor(
    readonly cookie: string,
    private readonly settings: CustomerSettings,
  ) {
    const [, sid = ''] = /sid=s:([^.]*)\./.exec(decodeURIComponent(cookie)) ?? [];
    this.handle = sessionHandle(sid);
    const { history, random, place } = settings;
    this.tab = new Tab({ cookie, handle: this.handle, history, random, place });
  }

  /** Whether it is over, as far as the browser was told. */
  get isOver(): boolean {
    return this.tab.isOver || this.#wasRefused !== '';
  }

  /** How the browser learned of it. */
  get how(): string {
    return this.#wasRefused || 'by its socket';
  }

  /** Sends a request; resolves with its status, 0 for no answer. */
  async request(method: string, path: string): Promise<number> {
    return (await call(this.settings.place(), method, path, { cookie: this.cookie })).status;
  }

  /** Sends an operation once, and notes what came of it. */
  async send(user: string, operation: Operation, way: 'socket' | 'http'): Promise<Outcome> {
    const isBySocket = way === 'socket' && this.tab.isLive;
    const place = this.settings.place();
    const attempt: Attempt = {
      operationId: operation.operationId,
      sku: operation.sku,
      user,
      handle: this.handle,
      node: isBySocket ? this.tab.node : place.name,
      invokedAt: Date.now(),
      outcome: 'unknown',
    };
    this.settings.history.attempts.push(attempt);
    const told = await (isBySocket ? this.#bySocket(operation) : this.#byHttp(operation, place));
    attempt.answeredAt = Date.now();
    attempt.outcome = this.#judge(told);
    if (told.code !== undefined) attempt.code = told.code;
    if (told.isUnanswered) attempt.isUnanswered = true;
    return attempt.outcome;
  }

  async #bySocket(operation: Operation): Promise<Told> {
    const { answer, stood } = await this.tab.apply(operation);
    if (!answer) return { isUnanswered: stood };
    return answer.ok ? { result: answer.data } : { code: answer.error.code };
  }

  async #byHttp(body: Operation, place: Place): Promise<Told> {
    const reply = await call(place, 'POST', '/cart/operations', { cookie: this.cookie, body });
    if (reply.status === 0) return {};
    if (reply.status !== 200) return { code: codeOf(reply.body) };
    return { result: reply.body as CartResult };
  }

  #judge({ result, code }: Told): Outcome {
    if (code !== undefined) {
      if (PASSING.includes(code)) return 'unavailable';
      if (code === 'UNAUTHENTICATED') this.#wasRefused = code;
      return code === 'INTERNAL' ? 'unknown' : 'refused';
    }
    if (!result) return 'unknown';
    // Whose session is over is a guest again, with a cart of its own. A copy may have been applied in another device's name.
    const { by } = result.change;
    if (by === this.handle) return 'ok';
    this.#wasRefused = 'as a guest';
    return 'refused';
  }
}
