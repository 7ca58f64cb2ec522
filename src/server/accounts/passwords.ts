import { Injectable } from '@nestjs/common';
import { hash, type Options, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { TooManySignInsError } from './accounts.errors.js';

/**
 * Argon2id, the package's default, with 19 MiB, two passes and one lane.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 */
const ARGON2ID: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Half of Node's thread pool: looking up hosts and reading files, which need it too, do not wait for hashes. */
const AT_ONCE = 2;
/** With this many waiting, trying again later is quicker than queueing. */
const MAX_WAITING = 50;

/**
 * Hashes and checks passwords on the thread pool, off the event loop.
 *
 * Every method throws TooManySignInsError when 50 others wait already.
 */
@Injectable()
export class Passwords {
  readonly #decoy = hash('nobody has this password', ARGON2ID);
  readonly #limit = pLimit(AT_ONCE);

  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(password, ARGON2ID));
  }

  /**
   * Checks a password against an account's hash. Without an account, or a password, it checks a decoy, so that the
   * answer takes as long and its timing tells nobody which addresses have accounts.
   */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    const own = passwordHash === '' ? undefined : passwordHash;
    const expected = own ?? (await this.#decoy);
    const matches = await this.#inTurn(() => verify(expected, password));
    return matches && own !== undefined;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#limit.pendingCount >= MAX_WAITING) throw new TooManySignInsError();
    return this.#limit(work);
  }
}
