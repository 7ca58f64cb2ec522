import { Injectable } from '@nestjs/common';
import type { Session } from '../../shared-session/index.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { toChange } from './cart-view.js';
import { CartBroadcast } from './cart.broadcast.js';
import type { CartChange } from './cart.contract.js';
import { type CartCommand, CartRepository } from './cart.repository.js';
import type { CartOutcome } from './cart.script.js';

/** Applies operations to carts, and tells all of a principal's tabs what is in their cart by it. */
@Injectable()
export class CartOperations {
  constructor(
    private readonly carts: CartRepository,
    private readonly catalog: CatalogService,
    private readonly broadcast: CartBroadcast,
  ) {}

  /**
   * Applies an operation in the name of a session, or tells why not. The tabs hear of one that was applied before, too:
   * the node that did may have been cut off before it told them.
   *
   * @throws SessionStoreUnavailableError when it may be applied or not; the tabs hear of it if it is known to be in the cart
   */
  async apply(
    session: Session,
    command: CartCommand,
  ): Promise<{ outcome: CartOutcome; change?: CartChange }> {
    const told: CartChange[] = [];
    const { outcome } = await this.carts.apply(session, command, (stored) => {
      const change = toChange(command.operationId, stored, this.catalog);
      told.push(change);
      this.broadcast.changed(session.principal, change);
    });
    const [change] = told;
    return change ? { outcome, change } : { outcome };
  }
}
