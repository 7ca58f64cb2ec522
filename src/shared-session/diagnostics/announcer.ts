import type { DiagnosticsChannel } from './channels.js';
import type { DiagnosticsName, SharedSessionDiagnostics } from './messages.js';

/** A message before it is said where and when. */
type What<Name extends DiagnosticsName> = Omit<SharedSessionDiagnostics[Name], 'node' | 'at'>;

/**
 * Publishes what happens on this node. Whoever calls it has looked at `hasSubscribers` before: without a listener
 * nothing is made for one.
 */
export class Announcer {
  /** @param node its name; null: a worker */
  constructor(
    private readonly node: string | null,
    private readonly clock: { now(): number },
  ) {}

  /** Time since then by Redis' clock, in ms, never negative: nodes know it to within a few milliseconds. */
  since(at: number): number {
    return Math.max(0, this.clock.now() - at);
  }

  announce<Name extends DiagnosticsName>(
    channel: DiagnosticsChannel<Name>,
    what: What<Name>,
  ): void {
    // The compiler does not see that what was left out of this very type makes it whole.
    channel.publish({
      node: this.node,
      at: this.clock.now(),
      ...what,
    } as unknown as SharedSessionDiagnostics[Name]);
  }
}
