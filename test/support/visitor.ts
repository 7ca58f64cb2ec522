import { randomUUID } from 'node:crypto';
import type { SocketOptions } from '../../src/testing/test-socket.js';
import {
  type Answer,
  type RequestOptions,
  Visitor as PlainVisitor,
} from '../../src/testing/visitor.js';
import { keepCookies, keepSecret } from './canaries.js';
import { checkAnswer } from './contract-check.js';
import type { TestNode } from './test-node.js';
import { TestSocket } from './test-socket.js';

export type { Answer } from '../../src/testing/visitor.js';

/** What a visitor needs to know of a node. */
type Reachable = Pick<TestNode, 'url' | 'isPlain'> & Partial<Pick<TestNode, 'app'>>;

export const PASSWORD = 'correct horse battery';
keepSecret(PASSWORD);

/** A visitor of the reference server, who holds its answers against the contract, or of a plain application. */
export class Visitor extends PlainVisitor {
  /** Address and name of the account that `register` made. */
  readonly email = `${randomUUID()}@example.com`;

  /** @param home the node that is asked unless a call names another */
  constructor(protected override readonly home: Reachable) {
    super(home);
  }

  /** Public here; of nodes too that run in another process. */
  override get sid(): string {
    const [, sid = ''] = /sid=s:([^.]*)\./.exec(decodeURIComponent(this.cookie)) ?? [];
    return sid;
  }

  override async request<T = unknown>(
    method: string,
    path: string,
    options: RequestOptions & { readonly at?: Reachable } = {},
  ): Promise<Answer<T>> {
    const { isPlain } = options.at ?? this.home;
    const answer = await super.request<T>(method, path, options);
    if (!isPlain) checkAnswer(method, path, answer.status, answer.body);
    return answer;
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

  override socket(at: Reachable = this.home, options: SocketOptions = {}): TestSocket {
    return new TestSocket(at, this.cookie, options);
  }

  override async connect(at?: Reachable): Promise<TestSocket> {
    const socket = this.socket(at);
    await socket.ready();
    return socket;
  }

  /** Whoever has copied a cookie does not let it be taken away, and the server must know it is worth nothing. */
  protected override keep(headers: readonly string[]): void {
    keepCookies(headers);
    super.keep(headers.filter((header) => !header.includes('Expires=Thu, 01 Jan 1970')));
  }
}

/** A cart operation with an id of its own. */
export function operation(type: 'add' | 'set', sku: string, quantity: number) {
  return { operationId: randomUUID(), type, sku, quantity };
}
