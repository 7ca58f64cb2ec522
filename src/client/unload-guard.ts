/** Has the browser ask whether to leave the page, while there is something to lose. */
export class UnloadGuard {
  readonly #ask = (event: Event): void => {
    event.preventDefault();
  };

  /** Only while it is needed: a page with such a listener is not kept for going back. */
  set isNeeded(isNeeded: boolean) {
    const target = globalThis as Partial<EventTarget>;
    if (isNeeded) target.addEventListener?.('beforeunload', this.#ask);
    else target.removeEventListener?.('beforeunload', this.#ask);
  }
}
