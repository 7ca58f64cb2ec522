/** With a thousandth of all slots on a server, a name there is missed once in 20,000 times. */
const MOST_TRIES = 10_000;

/**
 * The first of many names that belongs where it is meant to: of a Cluster, only the slot of a name tells its server.
 *
 * @throws Error when none of the first 10,000 does
 */
export function nameByTrying(
  nameOf: (number: number) => string,
  isThere: (name: string) => boolean,
): string {
  for (let number = 0; number < MOST_TRIES; number += 1) {
    const name = nameOf(number);
    if (isThere(name)) return name;
  }
  throw new Error('A server of the Cluster has too few slots for a name to be found there.');
}
