/** So much of its time is over at most, when this process has stood still, however long. */
const PARTS = 5;

/**
 * Waits for work, and no longer than `timeoutMs` in which this process is awake. What is late goes on; its outcome is
 * ignored.
 *
 * @param lateness called when the work is late
 * @throws the error that `lateness` makes
 */
export function inTime<T>(work: Promise<T>, timeoutMs: number, lateness: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    let partsLeft = PARTS;
    const timer = setTimeout(() => {
      partsLeft -= 1;
      if (partsLeft > 0) {
        timer.refresh();
        return;
      }
      // After this process stood still, what was waited for may lie in a connection's buffer: it is read first.
      setImmediate(() => {
        if (!isSettled) reject(lateness());
      });
    }, timeoutMs / PARTS);
    const settle = (): void => {
      isSettled = true;
      clearTimeout(timer);
    };
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
