import { z } from 'zod';

/** How a node is, as it writes it down itself, and who is connected to it. */
export const NodeReport = z.strictObject({
  name: z.string(),
  startedAt: z.iso.datetime(),
  reportedAt: z.iso.datetime(),
  /** As `/health/ready` has it. */
  ready: z.boolean(),
  /** Whether it hears the others: `late` for 3 s, `deaf` for 10 s and more. */
  signals: z.enum(['heard', 'late', 'deaf']),
  /** Live sockets, their sessions, and whose these are. */
  sockets: z.int().min(0),
  sessions: z.int().min(0),
  users: z.int().min(0),
  guests: z.int().min(0),
  /** The first users by their id, with their live sockets. */
  who: z.array(z.strictObject({ id: z.string(), sockets: z.int().min(1) })).max(100),
  /** How often limits have refused something since it started, by limit. */
  refused: z.record(z.string(), z.int().min(1)),
  /** What the process takes of memory. */
  rssMegabytes: z.int().min(0),
});
export type NodeReport = z.output<typeof NodeReport>;

/** Of a socket, what a report needs. */
export interface Connected {
  readonly handle: string;
  readonly principal: { readonly kind: 'user' | 'guest'; readonly id: string };
}

const MOST_NAMED = 100;

/** Counts who is connected. A report names so many users, and counts the others, or it would grow with them. */
export function countConnected(
  connected: Iterable<Connected>,
): Pick<NodeReport, 'sockets' | 'sessions' | 'users' | 'guests' | 'who'> {
  const handles = new Set<string>();
  const guests = new Set<string>();
  const users = new Map<string, number>();
  let sockets = 0;
  for (const { handle, principal } of connected) {
    sockets += 1;
    handles.add(handle);
    if (principal.kind === 'user') users.set(principal.id, (users.get(principal.id) ?? 0) + 1);
    else guests.add(principal.id);
  }
  const sorted = [...users].sort(([one], [other]) => (one < other ? -1 : 1));
  const who = sorted.slice(0, MOST_NAMED).map(([id, count]) => ({ id, sockets: count }));
  return { sockets, sessions: handles.size, users: users.size, guests: guests.size, who };
}
