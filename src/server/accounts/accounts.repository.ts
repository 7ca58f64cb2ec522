import { Inject, Injectable } from '@nestjs/common';
import { Durability, type RedisClients } from '../../shared-session/index.js';
import { APP_PREFIX } from '../app.tokens.js';
import { REDIS_CLIENTS } from '../redis/redis.module.js';
import type { User } from './user.js';

/** A user and how to tell that it is them. */
export interface Account extends User {
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
  async create({ id, email, name, roles, passwordHash }: Account): Promise<boolean> {
    const fields = { id, email, name, passwordHash, roles: roles.join(' ') };
    return this.durability.surely([this.#account(id), this.#byEmail(email)], async () => {
      // The account first: an address must never point at nothing.
      await this.redis.commands.hSet(this.#account(id), fields);
      const claimed = await this.redis.commands.set(this.#byEmail(email), id, { condition: 'NX' });
      if (claimed === null) await this.redis.commands.del(this.#account(id));
      return claimed !== null;
    });
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

  #account(id: string): string {
    return `${this.prefix}account:${id}`;
  }

  #byEmail(email: string): string {
    return `${this.prefix}account-by-email:${email}`;
  }
}
