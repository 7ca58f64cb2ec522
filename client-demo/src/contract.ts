/** An amount in the currency's minor unit, such as cents. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly unitPrice: Money;
}

export interface SessionDescription {
  readonly user: { readonly name: string; readonly email: string } | null;
  /** Name of the node that answered. */
  readonly node: string;
}

export interface SessionEnded {
  readonly reason: string;
  readonly reconnect: 'now' | 'after-login' | 'never';
  readonly retryAfterMs?: number;
}

export interface CartLine extends Product {
  /** 0 in a change: the line was removed. */
  readonly quantity: number;
  readonly total: Money;
}

export interface CartSnapshot {
  readonly revision: string;
  readonly lines: readonly CartLine[];
  readonly total: Money;
}

/** The step to a new revision; `lines` holds only what changed. */
export interface CartChange extends CartSnapshot {
  readonly previousRevision: string;
}

export type CartCommand =
  | { readonly type: 'add' | 'set'; readonly sku: string; readonly quantity: number }
  | { readonly type: 'clear' };

/** A command under the id that makes it safe to send again. */
export type CartOperation = CartCommand & { readonly operationId: string };

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
}

export type Answer<T> =
  { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: ErrorBody };

/** What each event of the client is answered with. */
export interface Answers {
  'cart:get': CartSnapshot;
  'cart:apply': { readonly change: CartChange };
}

export interface ServerEvents {
  'session:ready': (session: SessionDescription) => void;
  'session:changed': (session: SessionDescription) => void;
  'session:ended': (end: SessionEnded) => void;
  'cart:changed': (change: CartChange) => void;
}
