import type { SessionUser } from '../shared-session/index.js';
import { partsOf, sessionHandle } from './node-parts.js';
import { type Establish, signIn } from './sign-in.js';
import type { TestNode } from './test-node.js';
import { type SocketOptions, TestSocket } from './test-socket.js';

export type { Establish } from './sign-in.js';

/** An answer to a request. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, if it is JSON; else text, `''` for none. */
  readonly body: T;
}

/** What a visitor needs to know of a node. Without `app` it can only be asked, as a server elsewhere. */
export type Reachable = Pick<TestNode, 'url'> & Partial<Pick<TestNode, 'app'>>;

/** What may be said of a request, beside its method and its path. */
export interface RequestOptions {
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The node that is asked. */
  readonly at?: Reachable;
}

/** A browser as far as a server can tell: a cookie jar, HTTP requests and sockets. Follows no redirect. */
export class Visitor {
  protected readonly home: Reachable;
  readonly #cookies = new Map<string, string>();

  /** @param home the node that is asked unless a call names another */
  constructor(home: Reachable) {
    this.home = home;
  }

  /** The Cookie header that this visitor sends. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  set cookie(header: string) {
    this.#cookies.clear();
    this.keep(header.split('; '));
  }

  /** The public name of the visitor's session, as `Sessions` takes it. */
  get handle(): string {
    return sessionHandle(this.sid);
  }

  /** The id in the cookie, as only the server and this visitor know it. */
  protected get sid(): string {
    const cookie = this.#cookies.get(this.#parts(this.home).options.cookie.name) ?? '';
    const [, sid] = /^s:([^.]*)\./.exec(decodeURIComponent(cookie)) ?? [];
    if (sid === undefined) throw new Error('The visitor has no session.');
    return sid;
  }

  async request<T = unknown>(
    method: string,
    path: string,
    { body, headers = {}, at = this.home }: RequestOptions = {},
  ): Promise<Answer<T>> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(new URL(path, at.url), {
      method,
      redirect: 'manual',
      headers: { ...json, ...(this.cookie ? { cookie: this.cookie } : {}), ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    this.keep(response.headers.getSetCookie());
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
    const received: unknown = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: received as T };
  }

  get<T = unknown>(path: string, at?: Reachable): Promise<Answer<T>> {
    return this.request<T>('GET', path, at ? { at } : {});
  }

  post<T = unknown>(path: string, body?: unknown, at?: Reachable): Promise<Answer<T>> {
    return this.request<T>('POST', path, { body, ...(at ? { at } : {}) });
  }

  /**
   * Signs the visitor in on a new session without a route, as `Sessions.signIn()` does. Ends the previous session, if there
   * is one.
   *
   * @param user what the session gets as `session.user`; or a function that writes what the application's login does
   * @throws SharedSessionConfigError when the application finds no user in the session
   */
  // A literal may have more fields than the type says.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  async loginAs<User extends SessionUser>(user: User | Establish, at = this.home): Promise<this> {
    const establish: Establish =
      typeof user === 'function' ? user : (session) => Object.assign(session, { user });
    this.keep(await signIn(appOf(at), this.cookie, establish));
    return this;
  }

  /** Ends the visitor's session as its idle timeout does; resolves when it is gone, and its sockets are being told. */
  async expire(at = this.home): Promise<void> {
    await this.#parts(at).stored.end(this.handle, { reason: 'expired', by: 'limit' });
  }

  /**
   * A socket with the visitor's cookies of now, whether or not it will be let in.
   *
   * @param options of socket.io-client, and a namespace
   */
  socket(at = this.home, options: SocketOptions = {}): TestSocket {
    return new TestSocket(at.url, this.cookie, options);
  }

  /** A socket that has been let in. Rejects with the `connect_error` of one that was not. */
  async connect(at = this.home, options: SocketOptions = {}): Promise<TestSocket> {
    const socket = this.socket(at, options);
    await socket.ready();
    return socket;
  }

  /** Takes cookies as a browser does: those that have expired go. */
  protected keep(headers: readonly string[]): void {
    for (const header of headers) {
      const [pair = '', ...attributes] = header.split(';');
      const separator = pair.indexOf('=');
      const name = pair.slice(0, separator).trim();
      if (hasExpired(attributes)) this.#cookies.delete(name);
      else if (name) this.#cookies.set(name, pair.slice(separator + 1).trim());
    }
  }

  #parts(at: Reachable) {
    return partsOf(appOf(at));
  }
}

function hasExpired(attributes: readonly string[]): boolean {
  return attributes.some((attribute) => {
    const [name = '', value = ''] = attribute.trim().split('=');
    if (/^max-age$/i.test(name)) return Number(value) <= 0;
    return /^expires$/i.test(name) && Date.parse(value) <= Date.now();
  });
}

function appOf({ app }: Reachable): NonNullable<Reachable['app']> {
  if (!app) throw new Error('That takes a node of `startNodes()`; an address is not enough.');
  return app;
}
