import { Logger } from '@nestjs/common';
import { diagnosticsChannel } from '../../diagnostics/channels.js';
import type { CutReason } from '../../diagnostics/messages.js';

const cut = diagnosticsChannel('connection.cut');

const QUIET_MS = 10_000;

const logger = new Logger('Connections');
/** How many since the last line, by reason. */
const counts = new Map<CutReason, number>();
let isQuiet = false;

/** Logs that a connection was cut off or refused: the first at once, and what follows within 10 s in one line. */
export function noteClosing(reason: CutReason): void {
  if (cut.hasSubscribers) cut.publish({ reason });
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
  if (!isQuiet) report();
}

function report(): void {
  isQuiet = counts.size > 0;
  if (!isQuiet) return;
  const parts = [...counts].map(([reason, count]) => `${reason} (${String(count)})`);
  counts.clear();
  logger.warn(`Cut connections off: ${parts.join(', ')}`);
  setTimeout(report, QUIET_MS).unref();
}
