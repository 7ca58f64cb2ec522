import { randomUUID } from 'node:crypto';
import { sessionHandle } from '../../src/shared-session/session/session-handle.js';
import { checkAnswer } from './contract-check.js';
import type { TestNode } from './test-node.js';
import { TestSocket } from './test-socket.js';

/** What a visitor needs to know of a node. */
type Reachable = Pick<TestNode, 'url' | 'isPlain'>;

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export const PASSWORD = 'correct horse battery';

/** A browser as far as a server can tell: a cookie jar, HTTP requests and sockets. */
export class Visitor {
  readonly #home: Reachable;
  readonly #cookies = new Map<string, string>();
  /** Address and name of the account that `register` made. */
  readonly email = `${randomUUID()}@example.com`;

  /** @param home the node that is asked unless a call names another */
  constructor(home: Reachable) {
    this.#home = home;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  set cookie(header: string) {
    this.#cookies.clear();
    this.#keep([header]);
  }

  /** The id in the cookie, as only the server and this visitor know it. */
  get sid(): string {
    const [, sid = ''] = /sid=s:([^.]*)\./.exec(decodeURIComponent(this.cookie)) ?? [];
    return sid;
  }

  /** The public name of the session. */
  get handle(): string {
    return sessionHandle(this.sid);
  }

  async request<T = unknown>(
    method: string,
    path: string,
    {
      body,
      headers = {},
      at = this.#home,
    }: { body?: unknown; headers?: Record<string, string>; at?: Reachable } = {},
  ): Promise<Answer<T>> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(new URL(path, at.url), {
      method,
      headers: { ...json, ...(this.cookie ? { cookie: this.cookie } : {}), ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    this.#keep(response.headers.getSetCookie());
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
    const received: unknown = isJson ? JSON.parse(text) : text;
    if (!at.isPlain) checkAnswer(method, path, response.status, received);
    return { status: response.status, headers: response.headers, body: received as T };
  }

  get<T = unknown>(path: string, at?: Reachable): Promise<Answer<T>> {
    return this.request<T>('GET', path, at ? { at } : {});
  }

  post<T = unknown>(path: string, body?: unknown, at?: Reachable): Promise<Answer<T>> {
    return this.request<T>('POST', path, { body, ...(at ? { at } : {}) });
  }

  /** Makes an account of this visitor's own and is signed in to it. */
  async register(at?: Reachable): Promise<this> {
    const { email } = this;
    const { status } = await this.post(
      '/auth/register',
      { email, password: PASSWORD, name: 'V' },
      at,
    );
    if (status !== 201) throw new Error(`Registering failed with ${String(status)}.`);
    return this;
  }

  /** A sign-in that need not succeed. */
  tryLogin(email = this.email, at?: Reachable): Promise<Answer> {
    return this.post('/auth/login', { email, password: PASSWORD }, at);
  }

  async login(email = this.email, at?: Reachable): Promise<this> {
    const { status } = await this.tryLogin(email, at);
    if (status !== 200) throw new Error(`Signing in failed with ${String(status)}.`);
    return this;
  }

  /** Starts a guest session. */
  async arrive(at?: Reachable): Promise<this> {
    await this.get('/session', at);
    return this;
  }

  async logout(at?: Reachable): Promise<void> {
    await this.post('/auth/logout', undefined, at);
  }

  /** A socket with this visitor's cookie, whether or not it will be let in. */
  socket(at = this.#home, options: Record<string, unknown> = {}): TestSocket {
    const headers = this.cookie ? { cookie: this.cookie } : {};
    return new TestSocket(at, { ...headers, ...(options['headers'] as object) }, options);
  }

  /** A socket that has been let in. */
  async connect(at = this.#home): Promise<TestSocket> {
    const socket = this.socket(at);
    await socket.ready();
    return socket;
  }

  #keep(headers: readonly string[]): void {
    for (const header of headers) {
      // Whoever has copied a cookie does not let it be taken away, and the server must know it is worth nothing.
      if (header.includes('Expires=Thu, 01 Jan 1970')) continue;
      const [pair = ''] = header.split(';');
      const separator = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, separator).trim(), pair.slice(separator + 1).trim());
    }
  }
}

/** A cart operation with an id of its own. */
export function operation(type: 'add' | 'set', sku: string, quantity: number) {
  return { operationId: randomUUID(), type, sku, quantity };
}
