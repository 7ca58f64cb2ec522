import { Injectable } from '@nestjs/common';
import { CodedError, type Session, SessionEndedError } from '../../shared-session/index.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { CartOperations } from './cart-operations.js';
import { toSnapshot } from './cart-view.js';
import type {
  CartOperation,
  CartPosition,
  CartResult,
  CartSnapshot,
  CartSync,
} from './cart.contract.js';
import { CartLimitError, OperationMismatchError, UnknownProductError } from './cart.errors.js';
import { type CartCommand, CartRepository } from './cart.repository.js';
import type { CartOutcome } from './cart.script.js';
import { GuestCarts } from './guest-carts.js';

/** The cart of whoever a session speaks for; the same for HTTP and sockets. */
@Injectable()
export class CartService {
  constructor(
    private readonly carts: CartRepository,
    private readonly catalog: CatalogService,
    private readonly operations: CartOperations,
    private readonly guestCarts: GuestCarts,
  ) {}

  async get(session: Session): Promise<CartSnapshot> {
    await this.guestCarts.joinAll(session);
    return this.#read(session);
  }

  /** The cart, unless the client has it as it is. */
  async sync(session: Session, { version, revision }: CartPosition): Promise<CartSync> {
    await this.guestCarts.join(session);
    const position = await this.carts.position(session.principal);
    if (position.version === version && position.revision === revision) return { upToDate: true };
    return { upToDate: false, cart: await this.#read(session) };
  }

  /**
   * Applies an operation once, however often it is sent, and tells all of the principal's tabs.
   *
   * @throws SessionEndedError, UnknownProductError, CartLimitError, OperationMismatchError; the cart
   * is as it was then
   */
  async apply(session: Session, operation: CartOperation): Promise<CartResult> {
    await this.guestCarts.join(session);
    const command = this.#command(operation);
    const { outcome, change } = await this.operations.apply(session, command);
    if (!change) throw refusal(outcome);
    return { replayed: outcome === 'replayed', change };
  }

  async #read({ principal }: Session): Promise<CartSnapshot> {
    return toSnapshot(await this.carts.read(principal), this.catalog);
  }

  #command(operation: CartOperation): CartCommand {
    const { operationId, type } = operation;
    if (type === 'clear') return { operationId, fingerprint: type, clear: true, lines: [] };
    const { sku, quantity } = operation;
    const unitPrice = this.catalog.find(sku)?.unitPrice.amount;
    return {
      operationId,
      fingerprint: `${type} ${sku} ${String(quantity)}`,
      lines: [{ mode: type, sku, quantity, unitPrice }],
    };
  }
}

function refusal(outcome: CartOutcome): CodedError {
  switch (outcome) {
    case 'ended':
      return new SessionEndedError();
    case 'unknown':
      return new UnknownProductError();
    case 'limit':
      return new CartLimitError();
    case 'mismatch':
      return new OperationMismatchError();
    case 'applied':
    case 'replayed':
    case 'stale':
      return new CodedError('INTERNAL', 'The cart script gave no change.');
  }
}
