import type { Acknowledgement } from '../../src/shared-session/index.js';
import { type SocketOptions, TestSocket as PlainSocket } from '../../src/testing/test-socket.js';
import { checkAcknowledgement, checkEvent } from './contract-check.js';
import { stopAfterwards } from './cleanup.js';
import type { TestNode } from './test-node.js';

/** A client that holds what it receives against the contract, unless the node is plain. */
export class TestSocket extends PlainSocket {
  readonly #isPlain: boolean;

  constructor(
    { url, isPlain = false }: Pick<TestNode, 'url'> & { readonly isPlain?: boolean },
    cookie: string,
    options: SocketOptions = {},
  ) {
    super(url, cookie, options);
    this.#isPlain = isPlain;
    if (!isPlain) this.client.onAny(checkEvent);
    stopAfterwards(() => {
      this.close();
    });
  }

  override async ask<T = unknown>(
    event: string,
    ...payload: unknown[]
  ): Promise<Acknowledgement<T>> {
    const answer = await super.ask<T>(event, ...payload);
    if (!this.#isPlain) checkAcknowledgement(event, answer);
    return answer;
  }

  /** Sends an event that must succeed, and resolves with its data. */
  async get<T = unknown>(event: string, ...payload: unknown[]): Promise<T> {
    const answer = await this.ask<T>(event, ...payload);
    if (!answer.ok) throw new Error(`${event} was refused: ${answer.error.code}`);
    return answer.data;
  }
}
