import { CodedError } from '../../shared-session/index.js';
import { MAX_LINES, MAX_QUANTITY } from './cart.contract.js';

export class UnknownProductError extends CodedError {
  constructor() {
    super('NOT_FOUND', 'There is no such product.');
  }
}

export class CartLimitError extends CodedError {
  constructor() {
    super(
      'LIMIT_EXCEEDED',
      `A cart holds at most ${String(MAX_LINES)} products, and ${String(MAX_QUANTITY)} of each.`,
      { status: 422, details: { maxLines: MAX_LINES, maxQuantity: MAX_QUANTITY } },
    );
  }
}

export class OperationMismatchError extends CodedError {
  constructor() {
    super('OPERATION_MISMATCH', 'This operationId was used before, for another operation.', {
      status: 409,
    });
  }
}
