import type { Witness } from './witness.js';

/** How much of what was sent a violation quotes. */
const QUOTED = 300;
/** An answer whose code says that the server did not expect what it was sent. */
const BUG = '"code":"INTERNAL"';

/** The acknowledgements that one connection waits for: each must come once. */
export class Answers {
  readonly #expected = new Map<number, string>();
  readonly #answered = new Set<number>();
  #last = 0;
  #whenSettled: () => void = () => undefined;

  constructor(private readonly witness: Witness) {}

  /** Takes down an event that must be answered, and gives it an id. */
  expect(event: string): number {
    this.#last += 1;
    this.#expected.set(this.#last, event);
    return this.#last;
  }

  receive(id: number, body: string): void {
    const event = this.#expected.get(id);
    if (body.includes(BUG))
      this.witness.violate(`answered INTERNAL: ${quote(event ?? `id ${String(id)}`)}`);
    if (this.#answered.has(id))
      this.witness.violate(`answered twice: id ${String(id)}, ${quote(body)}`);
    if (event === undefined) {
      this.witness.note('unasked answer');
      return;
    }
    this.#expected.delete(id);
    this.#answered.add(id);
    this.witness.note(/"code":"(\w+)"/.exec(body)?.[1] ?? 'ok');
    if (this.#expected.size === 0) this.#whenSettled();
  }

  /** Nothing is waited for any more: the connection is gone, or has left its namespace. */
  abandon(): void {
    if (this.#expected.size > 0) this.witness.note('abandoned', this.#expected.size);
    this.#expected.clear();
    this.#whenSettled();
  }

  /** The events that were not answered. */
  get missing(): string[] {
    return [...this.#expected.values()].map(quote);
  }

  /** Resolves when nothing is waited for. */
  settled(): Promise<void> {
    if (this.#expected.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#whenSettled = resolve));
  }
}

/** The beginning of what was sent, with its length. */
export function quote(text: string): string {
  const cut = text.length > QUOTED ? `${text.slice(0, QUOTED)}… (${String(text.length)})` : text;
  return JSON.stringify(cut);
}
