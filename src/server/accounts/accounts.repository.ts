import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Durability, type ProviderLogin, type RedisClients } from '../../shared-session/index.js';
import { APP_PREFIX } from '../app.tokens.js';
import { REDIS_CLIENTS } from '../redis/redis.module.js';
import type { User } from './user.js';

/** A user and how to tell that it is them. */
export interface Account extends User {
  /** Empty: there is no password, and its user logs in at the identity provider. */
  readonly passwordHash: string;
  /** Nobody may sign in to it. */
  readonly suspended: boolean;
}

/** Accounts in Redis: a hash for each account, and a key that finds it by its address. */
@Injectable()
export class AccountsRepository {
  constructor(
    @Inject(REDIS_CLIENTS) private readonly redis: RedisClients,
    @Inject(APP_PREFIX) private readonly prefix: string,
    private readonly durability: Durability,
  ) {}

  /** Stores a new account; false if its address has one already. */
  create(account: Account): Promise<boolean> {
    return this.#create(account, this.#byEmail(account.email));
  }

  /** Stores a new account of a user of the identity provider; false if they have one already. It is not found by its address. */
  createFor(login: ProviderLogin, account: Account): Promise<boolean> {
    return this.#create(account, this.#byLogin(login));
  }

  async find(id: string): Promise<Account | undefined> {
    const fields = await this.redis.commands.hGetAll(this.#account(id));
    const { email, name, passwordHash, roles = '', suspended } = fields;
    if (email === undefined || name === undefined || passwordHash === undefined) return undefined;
    const known = { id, email, name, passwordHash, suspended: suspended === '1' };
    return { ...known, roles: roles.split(' ').filter(Boolean) };
  }

  async findByEmail(email: string): Promise<Account | undefined> {
    const id = await this.redis.commands.get(this.#byEmail(email));
    return id === null ? undefined : this.find(id);
  }

  async findByLogin(login: ProviderLogin): Promise<Account | undefined> {
    const id = await this.redis.commands.get(this.#byLogin(login));
    return id === null ? undefined : this.find(id);
  }

  setPasswordHash(id: string, passwordHash: string): Promise<void> {
    return this.#set(id, { passwordHash });
  }

  setRoles(id: string, roles: readonly string[]): Promise<void> {
    return this.#set(id, { roles: roles.join(' ') });
  }

  setSuspended(id: string, suspended: boolean): Promise<void> {
    return this.#set(id, { suspended: suspended ? '1' : '0' });
  }

  async #set(id: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const key = this.#account(id);
    await this.durability.surely([key], () => this.redis.commands.hSet(key, fields));
  }

  /** @param finder the key that points at the account */
  async #create(account: Account, finder: string): Promise<boolean> {
    const { id, email, name, roles, passwordHash } = account;
    const fields = { id, email, name, passwordHash, roles: roles.join(' ') };
    return this.durability.surely([this.#account(id), finder], async () => {
      // The account first: nothing must ever point at none.
      await this.redis.commands.hSet(this.#account(id), fields);
      const claimed = await this.redis.commands.set(finder, id, { condition: 'NX' });
      if (claimed === null) await this.redis.commands.del(this.#account(id));
      return claimed !== null;
    });
  }

  #account(id: string): string {
    return `${this.prefix}account:${id}`;
  }

  #byEmail(email: string): string {
    return `${this.prefix}account-by-email:${email}`;
  }

  /** By the user there, whichever session they have. */
  #byLogin({ issuer, sub }: ProviderLogin): string {
    const name = createHash('sha256')
      .update(JSON.stringify([issuer, sub]))
      .digest('base64url');
    return `${this.prefix}account-by-login:${name}`;
  }
}
