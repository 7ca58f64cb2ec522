import { Injectable } from '@nestjs/common';
import { hash, type Options, verify } from '@node-rs/argon2';

/**
 * Argon2id, the package's default, with 19 MiB, two passes and one lane.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 */
const ARGON2ID: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes and checks passwords on the thread pool, off the event loop. */
@Injectable()
export class Passwords {
  readonly #decoy = hash('nobody has this password', ARGON2ID);

  hash(password: string): Promise<string> {
    return hash(password, ARGON2ID);
  }

  /**
   * Checks a password against an account's hash. Without an account it checks a decoy, so that the
   * answer takes as long and its timing tells nobody which addresses have accounts.
   */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    const matches = await verify(passwordHash ?? (await this.#decoy), password);
    return matches && passwordHash !== undefined;
  }
}
