import type { NodeReport } from '../operators/node-report.js';
import type { AdminSession } from '../operators/operators.contract.js';

/** A session in a line of the shell. A browser may call itself anything, so what would act on a terminal is left out. */
export function deviceLine(session: AdminSession): string {
  const { handle, signedInAt, lastSeenAt, ip, userAgent, sockets } = session;
  const live = `sockets ${String(sockets)}`;
  const words = [handle, `since ${signedInAt}`, `seen ${lastSeenAt}`, live, ip, userAgent];
  return words.map(printable).join('  ');
}

const HEARING = {
  heard: 'hears the others',
  late: 'heard nothing for 3 s',
  deaf: 'is deaf',
} as const satisfies Record<NodeReport['signals'], string>;

/** A node in a line of the shell. */
export function nodeLine(report: NodeReport): string {
  const { name, ready, signals, sockets, sessions, refused, rssMegabytes, startedAt } = report;
  const refusals = Object.entries(refused).map(([limit, count]) => `${limit} ${String(count)}`);
  return [
    name,
    ready ? 'ready' : 'NOT READY',
    HEARING[signals],
    `sockets ${String(sockets)}`,
    `sessions ${String(sessions)}`,
    `refused: ${refusals.join(', ') || 'nothing'}`,
    `${String(rssMegabytes)} MB`,
    `since ${startedAt}`,
  ]
    .map(printable)
    .join('  ');
}

function printable(text: string): string {
  return text.replace(/\p{C}/gu, '');
}
