/** Takes down what became of what was sent. */
export interface Witness {
  /** So many frames, well-formed or not, were written. */
  sent(frames: number): void;
  /** Something happened that may happen, such as `closed 1002`. */
  note(outcome: string, count?: number): void;
  /** Something happened that must not. */
  violate(detail: string): void;
}
