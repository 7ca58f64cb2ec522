import { Inject, Injectable } from '@nestjs/common';
import { REDIS_CLIENTS } from '../redis/redis.module.js';
import type { RedisClients } from '../redis/redis-clients.js';
import { APP_PREFIX } from '../app.tokens.js';
import type { User } from './user.js';

/** A user and how to tell that it is them. */
export interface Account extends User {
  readonly passwordHash: string;
}

/** Accounts in Redis: one key an account, and one that finds it by its address. */
@Injectable()
export class AccountsRepository {
  constructor(
    @Inject(REDIS_CLIENTS) private readonly redis: RedisClients,
    @Inject(APP_PREFIX) private readonly prefix: string,
  ) {}

  /** Stores a new account; false where its address has one already. */
  async create(account: Account): Promise<boolean> {
    // The account first: an address must never point at nothing.
    await this.redis.commands.set(this.#account(account.id), JSON.stringify(account));
    const claimed = await this.redis.commands.set(this.#byEmail(account.email), account.id, {
      condition: 'NX',
    });
    if (claimed === null) await this.redis.commands.del(this.#account(account.id));
    return claimed !== null;
  }

  async findByEmail(email: string): Promise<Account | undefined> {
    const id = await this.redis.commands.get(this.#byEmail(email));
    const json = id === null ? null : await this.redis.commands.get(this.#account(id));
    return json === null ? undefined : (JSON.parse(json) as Account);
  }

  #account(id: string): string {
    return `${this.prefix}account:${id}`;
  }

  #byEmail(email: string): string {
    return `${this.prefix}account-by-email:${email}`;
  }
}
