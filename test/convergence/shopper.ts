import type { LiveSession, Settled } from '../../src/client/index.js';
import type { CartChange, CartOperation } from '../../src/server/cart/cart.contract.js';
import { cartOf, openLiveTab } from '../support/browser-tab.js';
import { type Fate, makeLossy } from '../support/lossy.js';
import type { Random } from '../support/random.js';
import type { Visitor } from '../support/visitor.js';

const LOST_ACKNOWLEDGEMENTS = 0.2;
const BAD_BROADCASTS = 0.05;
/** How much later a late broadcast comes. */
export const LATE_MS = 40;

const PRODUCTS = [
  ['scale', 'Scale with timer', 3990],
  ['cup-set', 'Two cups', 2200],
  ['milk-jug', 'Milk jug, 350 ml', 1790],
] as const;

/** An operation that somebody saw settled. */
interface SettledOperation {
  readonly operationId: string;
  readonly settled: Settled<CartChange>;
}

/** Sends an operation that another tab has sent, over another node, and waits for no answer. */
export type SendAgain = (operation: CartOperation, visitor: Visitor) => void;

/** One tab of a shopper who does anything at any time, on a bad network. */
export class Tab {
  /** Every operation that was sent, by its id, and how often. */
  readonly sent = new Map<string, number>();
  readonly settled: SettledOperation[] = [];
  /** How long it took from a broadcast until this tab was at its version, in ms. */
  readonly delays: number[] = [];
  readonly #waiting = new Map<number, number>();

  private constructor(
    readonly visitor: Visitor,
    readonly session: LiveSession,
    private readonly random: Random,
  ) {}

  static async open(
    visitor: Visitor,
    at: { url: string },
    random: Random,
    sendAgain: SendAgain,
  ): Promise<Tab> {
    const tab = new Tab(visitor, await openLiveTab(visitor, at), random);
    tab.#sufferLosses(sendAgain);
    tab.#measureDelays();
    return tab;
  }

  /** Does something to the cart, and notes how it ended. */
  async shop(): Promise<void> {
    const [sku, name, amount] = this.random.pick(PRODUCTS);
    const product = { sku, name, unitPrice: { amount, currency: 'EUR' } } as const;
    const cart = cartOf(this.session);
    const choice = this.random.next();
    const quantity = this.random.below(4);
    const settled = await (choice < 0.6
      ? cart.add(product, quantity + 1)
      : choice < 0.97
        ? cart.set(sku, quantity * 33)
        : cart.clear());
    const operationId = settled.applied ? settled.change.operationId : 'refused';
    this.settled.push({ operationId, settled });
  }

  /** Breaks this tab's connection, as networks do. */
  cut(): void {
    this.session.socket.io.engine.close();
  }

  #sufferLosses(sendAgain: SendAgain): void {
    const ask = this.session.ask.bind(this.session);
    this.session.ask = async (event, ...payload) => {
      if (event === 'cart:apply') {
        const operation = payload[0] as CartOperation;
        const times = this.sent.get(operation.operationId) ?? 0;
        this.sent.set(operation.operationId, times + 1);
        if (times === 0 && this.random.chance(1 / 3)) {
          for (let more = 1 + this.random.below(2); more > 0; more -= 1) {
            sendAgain(operation, this.visitor);
          }
        }
      }
      const answer = await ask(event, ...payload);
      if (event === 'cart:apply' && this.random.chance(LOST_ACKNOWLEDGEMENTS)) {
        throw new Error('the acknowledgement was lost');
      }
      return answer;
    };
    const broadcast = (): Fate =>
      this.random.chance(BAD_BROADCASTS) ? this.random.pick(['drop', 'twice', 'late']) : 'deliver';
    makeLossy(this.session.socket, { acknowledgement: () => 'deliver', broadcast }, LATE_MS);
  }

  #measureDelays(): void {
    const { socket } = this.session;
    const cart = cartOf(this.session);
    socket.on('cart:changed', ({ version }: CartChange) => {
      if ((cart.getSnapshot().state?.version ?? 0) < version) {
        this.#waiting.set(version, performance.now());
      }
    });
    // What was missed while offline is no gap that was seen.
    socket.on('disconnect', () => this.#waiting.clear());
    cart.subscribe(() => {
      const { version = 0 } = cart.getSnapshot().state ?? {};
      for (const [waited, since] of this.#waiting) {
        if (waited > version) continue;
        this.#waiting.delete(waited);
        this.delays.push(performance.now() - since);
      }
    });
  }
}
