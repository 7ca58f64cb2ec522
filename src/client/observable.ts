/**
 * A value that changes, in the shape of React's `useSyncExternalStore`: `subscribe`,
 * `getSnapshot` and `getServerSnapshot` may be passed on as they are.
 */
export class Observable<State> {
  #state: State;
  /** The state at the beginning, which is also what a server renders and what a page begins with that it has rendered. */
  readonly getServerSnapshot: () => State;
  readonly #listeners = new Set<() => void>();

  constructor(initial: State) {
    this.#state = initial;
    this.getServerSnapshot = () => initial;
  }

  /** The state now. The same object until something changes. */
  readonly getSnapshot = (): State => this.#state;

  /** Calls `listener` after every change, until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  protected change(changes: Partial<State>): void {
    this.replace({ ...this.#state, ...changes });
  }

  protected replace(state: State): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
