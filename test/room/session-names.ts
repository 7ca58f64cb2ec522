/** Short names of sessions, for what leaves the supervisor. */
export class SessionNames {
  readonly #names = new Map<string, string>();
  #unknown = 0;

  /** Gives a session its name, such as `Ada’s laptop`. */
  give(handle: string, name: string): void {
    this.#names.set(handle, name);
  }

  of(handle: string): string {
    const known = this.#names.get(handle);
    if (known !== undefined) return known;
    this.#unknown += 1;
    const name = `stray ${String(this.#unknown)}`;
    this.#names.set(handle, name);
    return name;
  }

  clear(): void {
    this.#names.clear();
    this.#unknown = 0;
  }
}
