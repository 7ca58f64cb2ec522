import { useConnection } from 'nestjs-shared-session-client/react';
import type { CartLine } from '../../../src/server/cart/cart.contract.js';
import { formatMoney } from '../format.js';
import { cart, settle, useCart } from '../live.js';
import { TEXT } from '../text.js';

/** The cart, live. What is not settled yet shows already. */
export function Cart() {
  const { state: shown, pending } = useCart();
  const { status } = useConnection();
  const current = status === 'ended' ? null : shown;
  const lines = current?.lines.toSorted((one, other) => (one.name < other.name ? -1 : 1)) ?? [];
  return (
    <section className="card cart" aria-labelledby="cart-title">
      <div className="row spread">
        <h2 id="cart-title">{TEXT.cart}</h2>
        <button
          className="quiet"
          disabled={lines.length === 0}
          onClick={() => void settle(cart.clear())}
        >
          {TEXT.clear}
        </button>
      </div>
      {lines.length === 0 && (
        <p className="hint cart-empty">{current ? TEXT.cartEmpty : TEXT.cartUnknown}</p>
      )}
      <ul className="lines">
        {lines.map((line) => (
          // A new quantity makes a new element, which lights up.
          <Line key={line.sku} line={line} />
        ))}
      </ul>
      <p className="row spread total">
        <span>{TEXT.total}</span>
        <output>{current && formatMoney(current.total)}</output>
      </p>
      <p className="hint" role="status">
        {pending > 0 ? TEXT.saving(pending) : current && lines.length > 0 && TEXT.saved}
      </p>
    </section>
  );
}

function Line({ line: { sku, name, quantity, unitPrice, total } }: { line: CartLine }) {
  const set = (to: number) => void settle(cart.set(sku, to));
  return (
    <li className="line">
      <div className="line-name">
        <strong>{name}</strong>
        <span className="hint">{TEXT.each(formatMoney(unitPrice))}</span>
      </div>
      <span className="price">{formatMoney(total)}</span>
      <div className="stepper">
        <button className="quiet" aria-label={TEXT.oneLess(name)} onClick={() => set(quantity - 1)}>
          −
        </button>
        <span key={quantity} className="quantity">
          {quantity}
        </span>
        <button className="quiet" aria-label={TEXT.oneMore(name)} onClick={() => set(quantity + 1)}>
          +
        </button>
      </div>
      <button className="quiet" aria-label={TEXT.removeLine(name)} onClick={() => set(0)}>
        {TEXT.remove}
      </button>
    </li>
  );
}
