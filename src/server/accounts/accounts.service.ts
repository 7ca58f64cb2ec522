import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type {
  Confirmation,
  Credentials,
  PasswordChange,
  Registration,
} from './accounts.contract.js';
import { EmailTakenError, InvalidCredentialsError } from './accounts.errors.js';
import { type Account, AccountsRepository } from './accounts.repository.js';
import { Passwords } from './passwords.js';
import type { ProviderIdentity } from './provider-identity.js';

/** Who has an account, and whether somebody is who they say. Sessions are not its business. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly passwords: Passwords,
  ) {}

  /** @throws EmailTakenError */
  async register({ email, password, name }: Registration): Promise<Account> {
    const passwordHash = await this.passwords.hash(password);
    const own = { email, name, passwordHash };
    const account: Account = { id: randomUUID(), ...own, roles: [], suspended: false };
    if (!(await this.accounts.create(account))) throw new EmailTakenError();
    return account;
  }

  /**
   * The account of a user of the identity provider, a new one for whoever comes the first time. Never one of the same
   * address that has a password, whatever the provider says of the address: nobody here has confirmed it, so whoever registered
   * it first, and not its owner, would share the account ({@link https://msrc.microsoft.com/blog/2022/05/pre-hijacking-attacks/}).
   */
  async ofProvider({ login, email = '', name = email }: ProviderIdentity): Promise<Account> {
    const found = await this.accounts.findByLogin(login);
    if (found) return found;
    const names = { email: email.slice(0, 254), name: name.slice(0, 80) || 'User' };
    const free = { roles: [], passwordHash: '', suspended: false };
    const account: Account = { id: randomUUID(), ...names, ...free };
    if (await this.accounts.createFor(login, account)) return account;
    // Another tab was faster.
    const theirs = await this.accounts.findByLogin(login);
    if (!theirs) throw new Error('An account is gone that was there.');
    return theirs;
  }

  /** @throws InvalidCredentialsError, after the same time for known and unknown addresses */
  async authenticate({ email, password }: Credentials): Promise<Account> {
    const account = await this.accounts.findByEmail(email);
    return this.#verified(account, password);
  }

  /**
   * Checks that somebody who is signed in still knows their password.
   *
   * @throws InvalidCredentialsError when they do not
   */
  async confirm(id: string, { password }: Confirmation): Promise<void> {
    await this.#verified(await this.accounts.find(id), password);
  }

  /**
   * Changes a password. Asking again with the same old and new one is no error: what has to follow the
   * change, such as ending other sessions, may have been cut off.
   *
   * @throws InvalidCredentialsError when `current` is not the account's password, nor `next` already
   */
  async changePassword(id: string, { current, next }: PasswordChange): Promise<Account> {
    const found = await this.accounts.find(id);
    const isCurrent = await this.passwords.verify(found?.passwordHash, current);
    if (!found || !isCurrent) return this.#verified(found, next);
    const passwordHash = await this.passwords.hash(next);
    await this.accounts.setPasswordHash(id, passwordHash);
    return { ...found, passwordHash };
  }

  /** The account as it is now; undefined if it is gone. */
  find(id: string): Promise<Account | undefined> {
    return this.accounts.find(id);
  }

  findByEmail(email: string): Promise<Account | undefined> {
    return this.accounts.findByEmail(email);
  }

  setRoles(id: string, roles: readonly string[]): Promise<void> {
    return this.accounts.setRoles(id, roles);
  }

  setSuspended(id: string, suspended: boolean): Promise<void> {
    return this.accounts.setSuspended(id, suspended);
  }

  /**
   * An account that is suspended takes as long and says no more than a wrong password does: whoever got it suspended by
   * having somebody's password must not learn that the password is right, and good elsewhere. Its owner was told
   * `suspended` when their sessions ended.
   */
  async #verified(account: Account | undefined, password: string): Promise<Account> {
    const matches = await this.passwords.verify(account?.passwordHash, password);
    if (account && matches && !account.suspended) return account;
    throw new InvalidCredentialsError(account?.id ?? null);
  }
}
