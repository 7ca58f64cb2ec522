/**
 * Waits for work, and no longer than `timeoutMs`. What is late goes on; its outcome is ignored.
 *
 * @throws the error that `lateness` makes, if the work is late
 */
export async function inTime<T>(
  work: Promise<T>,
  timeoutMs: number,
  lateness: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(lateness());
    }, timeoutMs);
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}
