/** Requests to `POST /slow` wait here until the test lets them go on. */
export class Gate {
  #open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));
  #arrived: () => void = () => undefined;
  /** Resolves when a request has loaded its session and waits. */
  readonly arrived = new Promise<void>((resolve) => (this.#arrived = resolve));

  pass(): Promise<void> {
    this.#arrived();
    return this.#opened;
  }

  open(): void {
    this.#open();
  }
}
