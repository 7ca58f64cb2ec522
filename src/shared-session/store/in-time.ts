/**
 * Waits for work, and no longer than `timeoutMs`. What is late goes on; its outcome is ignored.
 *
 * @param lateness called when the work is late
 * @throws the error that `lateness` makes
 */
export function inTime<T>(work: Promise<T>, timeoutMs: number, lateness: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const timer = setTimeout(() => {
      // After this process stood still, what was waited for may lie in a connection's buffer: it is read first.
      setImmediate(() => {
        if (!isSettled) reject(lateness());
      });
    }, timeoutMs);
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
