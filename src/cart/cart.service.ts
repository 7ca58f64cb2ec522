import { Injectable } from '@nestjs/common';
import { CatalogService } from '../catalog/catalog.service.js';
import type { Money } from '../catalog/catalog.contract.js';
import { CodedError, type Session, SessionEndedError } from '../shared-session/index.js';
import { CartBroadcast } from './cart.broadcast.js';
import type {
  CartChange,
  CartLine,
  CartOperation,
  CartResult,
  CartSnapshot,
} from './cart.contract.js';
import { CartLimitError, OperationMismatchError, UnknownProductError } from './cart.errors.js';
import { CartRepository, type StoredChange, type StoredLine } from './cart.repository.js';
import type { CartOutcome } from './cart.script.js';

/** The cart of whoever a session speaks for; the same for HTTP and sockets. */
@Injectable()
export class CartService {
  constructor(
    private readonly carts: CartRepository,
    private readonly catalog: CatalogService,
    private readonly broadcast: CartBroadcast,
  ) {}

  async get({ principal }: Session): Promise<CartSnapshot> {
    const { version, revision, lines } = await this.carts.read(principal);
    const sum = lines.reduce((total, line) => total + line.quantity * line.unitPrice, 0);
    return { version, revision, lines: this.#inOrder(lines), total: money(sum) };
  }

  /**
   * Applies an operation once, however often it is sent, and tells all of the principal's tabs.
   *
   * @throws SessionEndedError, UnknownProductError, CartLimitError, OperationMismatchError; the cart
   * is as it was then
   */
  async apply(session: Session, operation: CartOperation): Promise<CartResult> {
    const product = operation.type === 'clear' ? undefined : this.catalog.find(operation.sku);
    const unitPrice = product?.unitPrice.amount;
    const { outcome, change: stored } = await this.carts.apply(session, operation, unitPrice);
    if (!stored) throw refusal(outcome);
    const change = this.#toChange(operation.operationId, stored);
    if (outcome === 'applied') this.broadcast.changed(session.principal, change);
    return { replayed: outcome === 'replayed', change };
  }

  #toChange(operationId: string, { lines, total, ...stored }: StoredChange): CartChange {
    return { ...stored, operationId, lines: this.#inOrder(lines), total: money(total) };
  }

  #inOrder(lines: readonly StoredLine[]): CartLine[] {
    const position = (sku: string) => this.catalog.products.findIndex((each) => each.sku === sku);
    return lines
      .toSorted((one, other) => position(one.sku) - position(other.sku))
      .map(({ sku, quantity, unitPrice }) => ({
        sku,
        // A product that is sold no longer stays in carts under its number.
        name: this.catalog.find(sku)?.name ?? sku,
        quantity,
        unitPrice: money(unitPrice),
        total: money(quantity * unitPrice),
      }));
  }
}

function money(amount: number): Money {
  return { amount, currency: 'EUR' };
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
      return new CodedError('INTERNAL', 'The cart script returned no change.');
  }
}
