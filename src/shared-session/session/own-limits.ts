import { type SessionLimits, toMs } from './session-lifetime.js';

/** Limits that a session gets for itself, beside the application's. */
export interface ChosenLimits {
  /**
   * Seconds without activity after which this session ends. Rounded to whole milliseconds.
   * @defaultValue the application's, or `absoluteSeconds` if that is shorter
   */
  readonly idleSeconds?: number | undefined;
  /**
   * Seconds after which this session ends whatever happens. At least `idleSeconds`.
   * @defaultValue the application's
   */
  readonly absoluteSeconds?: number | undefined;
}

/**
 * The limits that a session keeps in its record: those that differ from the application's, in ms.
 *
 * @throws RangeError naming the argument that is no usable time, or below the other
 */
export function ownLimits(
  { idleSeconds, absoluteSeconds }: ChosenLimits,
  usual: SessionLimits,
): Partial<SessionLimits> {
  const absoluteMs = chosenMs('absoluteSeconds', absoluteSeconds) ?? usual.absoluteMs;
  const idleMs = chosenMs('idleSeconds', idleSeconds) ?? Math.min(usual.idleMs, absoluteMs);
  if (idleMs > absoluteMs) {
    throw new RangeError(
      `\`idleSeconds\` (${String(idleSeconds)}) is above \`absoluteSeconds\` (${String(absoluteMs / 1000)}): ` +
        'give `absoluteSeconds` too, and at least as much.',
    );
  }
  return {
    ...(idleMs !== usual.idleMs && { idleMs }),
    ...(absoluteMs !== usual.absoluteMs && { absoluteMs }),
  };
}

function chosenMs(name: keyof ChosenLimits, seconds: unknown): number | null {
  if (seconds === undefined) return null;
  const ms = toMs(seconds);
  if (ms !== null) return ms;
  throw new RangeError(
    `\`${name}\` is ${JSON.stringify(seconds)}: it must be a number of seconds, at least 0.001.`,
  );
}
