import type { SessionState } from '../index.js';
import { useProvidedSession } from './provided-session.js';
import { useSynced } from './use-synced.js';

/** How this tab and the server are connected. */
export interface Connection {
  readonly status: SessionState['status'];
  /** Whether the server is connected and keeps this tab waiting. */
  readonly degraded: boolean;
  /** The server's node, as last heard of. */
  readonly node: string | null;
}

/** Whether this tab is connected, live. */
export function useConnection(): Connection {
  const { status, degraded, session } = useSynced(useProvidedSession());
  return { status, degraded, node: session?.node ?? null };
}
