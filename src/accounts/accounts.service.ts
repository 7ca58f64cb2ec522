import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Credentials, Registration } from './accounts.contract.js';
import { EmailTakenError, InvalidCredentialsError } from './accounts.errors.js';
import { type Account, AccountsRepository } from './accounts.repository.js';
import { Passwords } from './passwords.js';
import type { User } from './user.js';

/** Who has an account, and whether somebody is who they say. Sessions are not its business. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly passwords: Passwords,
  ) {}

  /** @throws EmailTakenError */
  async register({ email, password, name }: Registration): Promise<User> {
    const passwordHash = await this.passwords.hash(password);
    const account: Account = { id: randomUUID(), email, name, roles: [], passwordHash };
    if (!(await this.accounts.create(account))) throw new EmailTakenError();
    return toUser(account);
  }

  /** @throws InvalidCredentialsError, after the same time for known and unknown addresses */
  async authenticate({ email, password }: Credentials): Promise<User> {
    const account = await this.accounts.findByEmail(email);
    const matches = await this.passwords.verify(account?.passwordHash, password);
    if (!account || !matches) throw new InvalidCredentialsError();
    return toUser(account);
  }
}

function toUser({ id, email, name, roles }: Account): User {
  return { id, email, name, roles };
}
