import { setTimeout as pause } from 'node:timers/promises';
import { Customer, type CustomerSettings } from './customer.js';

/** Operations of each customer in a second: 200 of 300 customers. */
const RATE = 2 / 3;
/** So many of the customers come and go in each round. */
const GOING = 0.05;
const ROUND_MS = 2000;
const MEND_MS = 500;
/** So many arrive at once: each costs the nodes three password hashes. */
const AT_ONCE = 8;

/** Customers who shop, come and go until they are told to stop. */
export class Crowd {
  readonly customers: Customer[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #going = new Set<Promise<void>>();

  constructor(private readonly settings: CustomerSettings) {}

  /** Lets so many arrive, and begin. */
  async begin(count: number): Promise<void> {
    while (this.customers.length < count) {
      const coming = Math.min(AT_ONCE, count - this.customers.length);
      const arriving = Array.from({ length: coming }, () => new Customer(this.settings));
      await Promise.all(arriving.map((customer) => customer.arrive()));
      this.customers.push(...arriving);
    }
    const { random } = this.settings;
    for (const customer of this.customers) {
      const shop = (): void => void customer.shop();
      this.#timers.push(setInterval(shop, (1000 / RATE) * (0.8 + 0.4 * random.next())));
    }
    this.#timers.push(setInterval(() => this.#send(), ROUND_MS));
    this.#timers.push(setInterval(() => this.#mend(), MEND_MS));
  }

  /** Stops the load; resolves when everybody has heard what became of all that was under way, and is signed in. */
  async stop(): Promise<void> {
    const mending = this.#timers.pop();
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.customers.map((customer) => customer.stop()));
    while (this.#going.size > 0) await Promise.all(this.#going);
    clearInterval(mending);
    // Whoever was told last that the session is over.
    await Promise.all(this.customers.map((customer) => customer.mend()));
  }

  close(): void {
    for (const customer of this.customers) customer.close();
  }

  /** Resolves after a time of shopping. */
  async goOn(ms: number): Promise<void> {
    await pause(ms);
  }

  #send(): void {
    const { random } = this.settings;
    const count = Math.max(1, Math.round(this.customers.length * GOING));
    for (let gone = 0; gone < count; gone += 1) {
      this.#track(random.pick(this.customers), (customer) => customer.comeAndGo());
    }
  }

  #mend(): void {
    for (const customer of this.customers) this.#track(customer, (each) => each.mend());
  }

  readonly #busy = new Set<Customer>();

  /** One thing at a time for each. */
  #track(customer: Customer, what: (customer: Customer) => Promise<void>): void {
    if (this.#busy.has(customer)) return;
    this.#busy.add(customer);
    const work = what(customer).finally(() => {
      this.#busy.delete(customer);
      this.#going.delete(work);
    });
    this.#going.add(work);
  }
}
