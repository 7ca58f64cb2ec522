import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Sessions } from '../../shared-session/index.js';
import { GuestCarts } from '../cart/guest-carts.js';
import { InvalidCredentialsError } from './accounts.errors.js';
import type { Account } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import type { User } from './user.js';

/** Turns an account that was proven into a session. */
@Injectable()
export class SignInService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: Sessions,
    private readonly guestCarts: GuestCarts,
  ) {}

  /**
   * Gives the request a new session of the account's; the guest's cart joins the user's.
   *
   * @throws InvalidCredentialsError when the password was changed in the meantime: a sign-in that
   * races a password change must not outlive it
   */
  async signIn(request: Request, account: Account): Promise<User> {
    const session = await this.sessions.signIn(request, (data) => {
      data.user = toUser(account);
    });
    const now = await this.accounts.find(account.id);
    if (now?.passwordHash !== account.passwordHash) {
      await this.sessions.signOut(request);
      throw new InvalidCredentialsError();
    }
    const user = toUser(now);
    // Roles may have been taken away since the account was read.
    if (user.roles.join() !== account.roles.join()) {
      await this.sessions.update(session.sid, (data) => {
        data.user = user;
      });
    }
    await this.guestCarts.joinAll(session);
    return user;
  }
}

function toUser({ id, email, name, roles }: Account): User {
  return { id, email, name, roles };
}
