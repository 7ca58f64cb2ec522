import { type Principal, principalName } from '../../shared-session/index.js';

/** Names of the Redis keys of carts, each with its principal's hash tag. */
export class CartKeys {
  constructor(private readonly prefix: string) {}

  /** Hash of the cart. */
  cart(principal: Principal): string {
    return `${this.prefix}cart:{${principalName(principal)}}`;
  }

  /** Hash of the operations that the cart remembers. */
  operations(principal: Principal): string {
    return `${this.prefix}cart-operations:{${principalName(principal)}}`;
  }

  /** Set of the guests whose carts are to join the user's. */
  guestsOf(user: Principal): string {
    return `${this.prefix}cart-guests:{${principalName(user)}}`;
  }

  /** Those that live as long as the principal's sessions: a guest can never come back, a user can. */
  keptWithSessions(principal: Principal): string[] {
    if (principal.kind === 'user') return [];
    return [this.cart(principal), this.operations(principal)];
  }
}
