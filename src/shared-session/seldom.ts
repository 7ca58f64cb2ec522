/**
 * Makes a function that calls `act` once in `pauseMs` at most, with how many calls were left out since the last one. For
 * lines in the log that clients can cause as often as they like.
 */
export function seldom<Args extends unknown[]>(
  pauseMs: number,
  act: (leftOut: number, ...args: Args) => void,
): (...args: Args) => void {
  let quietUntil = 0;
  let leftOut = 0;
  return (...args) => {
    if (performance.now() < quietUntil) {
      leftOut += 1;
      return;
    }
    quietUntil = performance.now() + pauseMs;
    act(leftOut, ...args);
    leftOut = 0;
  };
}
