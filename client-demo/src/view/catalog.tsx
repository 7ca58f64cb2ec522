import { useEffect, useState } from 'react';
import { useConnection } from 'nestjs-shared-session-client/react';
import { api, type Product } from '../api.js';
import { formatMoney } from '../format.js';
import { attempt, cart, settle } from '../live.js';
import { TEXT } from '../text.js';

/** What the shop sells. */
export function Catalog() {
  const [products, setProducts] = useState<readonly Product[]>([]);
  const { status } = useConnection();
  const isMissing = products.length === 0;
  useEffect(() => {
    if (isMissing) void attempt(async () => setProducts(await api.catalog()));
  }, [isMissing, status]);
  return (
    <section className="catalog" aria-labelledby="catalog-title">
      <h2 id="catalog-title">{TEXT.catalog}</h2>
      <ul className="products">
        {products.map((product) => (
          <li key={product.sku} className="card product">
            <h3>{product.name}</h3>
            <p className="price">{formatMoney(product.unitPrice)}</p>
            <button
              aria-label={TEXT.addOne(product.name)}
              onClick={() => void settle(cart.add(product, 1))}
            >
              {TEXT.add}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
