import type { CartCommand } from './contract.js';
import { RequestError } from './request-error.js';
import { TEXT } from './text.js';
import { AccountView } from './view/account-view.js';
import { CartView } from './view/cart-view.js';
import { showCatalog } from './view/catalog-view.js';
import { offerOtherNode, showStatus } from './view/connection-view.js';
import { fillStaticText, find } from './view/dom.js';
import { Visit } from './visit.js';

fillStaticText();
offerOtherNode();

const problem = find('problem', HTMLParagraphElement);
const apply = (command: CartCommand) => attempt(() => visit.live.apply(command));
const cart = new CartView((sku, quantity) => apply({ type: 'set', sku, quantity }));
const account = new AccountView({
  sign: (act, form) => attempt(() => visit.sign(act, form)),
  enterAsGuest: () => void visit.enter(),
});
find('clear', HTMLButtonElement).onclick = () => void apply({ type: 'clear' });

const visit = new Visit({
  showStatus,
  showSession: (session) => account.showSession(session),
  showEnded: (reason) => {
    account.showEnded(reason);
    cart.show();
  },
  showCatalog: (products) =>
    showCatalog(products, (sku) => void apply({ type: 'add', sku, quantity: 1 })),
  showCart: (snapshot) => cart.show(snapshot),
});
cart.show();
void visit.enter();

/** Does what the visitor asked for, and says so where it failed. Never rejects. */
async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
    problem.textContent = '';
  } catch (error) {
    problem.textContent = error instanceof RequestError ? error.message : TEXT.unexpected;
    if (!(error instanceof RequestError)) console.error(error);
  }
}
