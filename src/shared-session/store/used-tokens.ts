import type { RedisClientType } from 'redis';
import type { SessionKeys } from './session-keys.js';
import { ask } from './session.repository.js';

/**
 * Remembers, for all nodes, which tokens of which issuer were acted upon: whoever has seen one cannot use it again. A token is
 * added when what it asks for is done, since whoever sent it tries again after a failure.
 *
 * Every method throws SessionStoreUnavailableError while Redis is out of reach.
 */
export class UsedTokens {
  readonly #client: RedisClientType;
  readonly #keys: SessionKeys;

  constructor(client: RedisClientType, keys: SessionKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  /** @param id the token's `jti` */
  async has(issuer: string, id: string): Promise<boolean> {
    return (await ask(this.#client.get(this.#keys.usedToken(issuer, id)))) !== null;
  }

  /**
   * Notes a token; false if it was there already.
   *
   * @param id the token's `jti`
   * @param keptMs for as long as somebody would take the token
   */
  async add(issuer: string, id: string, keptMs: number): Promise<boolean> {
    const options = { condition: 'NX', expiration: { type: 'PX', value: keptMs } } as const;
    const key = this.#keys.usedToken(issuer, id);
    return (await ask(this.#client.set(key, '1', options))) !== null;
  }
}
