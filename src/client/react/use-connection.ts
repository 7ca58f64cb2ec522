import type { SessionState } from '../index.js';
import { useProvidedSession } from './provided-session.js';
import { useSynced } from './use-synced.js';

/** How this tab and the server are connected. */
export interface Connection {
  readonly status: SessionState['status'];
  /** By what it is live. Null unless it is. */
  readonly via: SessionState['via'];
  /** Whether the server is connected and keeps this tab waiting. */
  readonly degraded: boolean;
  /** The server's node, as last heard of. */
  readonly node: string | null;
}

/** Whether this tab is connected, live. */
export function useConnection(): Connection {
  const { status, via, degraded, session } = useSynced(useProvidedSession());
  return { status, via, degraded, node: session?.node ?? null };
}
