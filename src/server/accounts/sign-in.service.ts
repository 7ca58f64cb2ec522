import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import { type Session, Sessions, type SignInOptions } from '../../shared-session/index.js';
import { GuestCarts } from '../cart/guest-carts.js';
import { InvalidCredentialsError } from './accounts.errors.js';
import type { Account } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import type { User } from './user.js';

/** Turns an account that was proven into a session. */
@Injectable()
export class SignInService {
  readonly #logger = new Logger(SignInService.name);

  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: Sessions,
    private readonly guestCarts: GuestCarts,
  ) {}

  /**
   * Gives the request a new session of the account's; the guest's cart joins the user's.
   *
   * @throws InvalidCredentialsError when the password was changed or the account suspended in the meantime: a sign-in
   * that races either must not outlive it
   */
  async signIn(request: Request, account: Account, options: SignInOptions = {}): Promise<User> {
    let user = toUser(account);
    const establish = (data: SessionData): void => {
      data.user = user;
    };
    const confirm = async (started: Session): Promise<void> => {
      user = await this.#confirm(account, started.handle);
      await this.guestCarts.note(started);
    };
    const session = await this.sessions.signIn(request, establish, { ...options, confirm });
    await this.#join(session);
    return user;
  }

  /** The user as the account is now, and as the session says from now on. */
  async #confirm(account: Account, handle: string): Promise<User> {
    const now = await this.accounts.find(account.id);
    const isSame = now?.passwordHash === account.passwordHash;
    if (!isSame || now.suspended) throw new InvalidCredentialsError(account.id);
    const user = toUser(now);
    // Roles may have been taken away since the account was read.
    if (user.roles.join() !== account.roles.join()) {
      await this.sessions.update(handle, (data) => {
        data.user = user;
      });
    }
    return user;
  }

  /** Somebody is signed in by now. What cannot join yet joins when the cart is asked for. */
  async #join(session: Session): Promise<void> {
    await this.guestCarts.joinAll(session).catch((error: unknown) => {
      this.#logger.warn(`A guest’s cart will join later: ${String(error)}`);
    });
  }
}

function toUser({ id, email, name, roles }: Account): User {
  return { id, email, name, roles };
}
