import type { CartSnapshot, Product, SessionDescription } from './contract.js';
import type { TEXT } from './text.js';

/** What there is to see; `main.ts` puts it together from the views. */
export interface Page {
  readonly showStatus: (status: keyof typeof TEXT.status, node?: string) => void;
  readonly showSession: (session: SessionDescription) => void;
  readonly showEnded: (reason: string) => void;
  readonly showCatalog: (products: readonly Product[]) => void;
  readonly showCart: (cart: CartSnapshot) => void;
}
