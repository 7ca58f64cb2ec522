/** A bucket of tokens: so many on average, and so many at once after a pause. */
export interface Rate {
  /** Tokens that come back in a second; may be a fraction. */
  readonly perSecond: number;
  /** Tokens that a full bucket holds. A whole number. */
  readonly burst: number;
}

/** So many in so many seconds, counted from the first. */
export interface Window {
  readonly limit: number;
  /** A whole number. */
  readonly seconds: number;
}

/** Whether something is a rate that can be kept. */
export function isRate({ perSecond, burst }: Rate): boolean {
  return Number.isFinite(perSecond) && perSecond > 0 && Number.isSafeInteger(burst) && burst >= 1;
}

/** Whether something is a window that can be kept. */
export function isWindow({ limit, seconds }: Window): boolean {
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 1;
  return isCount(limit) && isCount(seconds);
}
