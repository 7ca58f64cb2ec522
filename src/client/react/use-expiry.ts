import { useCallback } from 'react';
import type { SessionState } from '../index.js';
import { useProvidedSession } from './provided-session.js';
import { useSynced } from './use-synced.js';

/** When the session ends; times in ms since the epoch, null before the server was asked. */
export interface Expiry {
  /** Set while the session is about to end by itself; null again when somebody was active in any tab. */
  readonly expiring: SessionState['expiring'];
  /** Moves on with what this tab does. */
  readonly idleExpiresAt: number | null;
  readonly absoluteExpiresAt: number | null;
  /** Prolongs the session. Resolves to false when the server could not be asked. */
  readonly extend: () => Promise<boolean>;
}

/** When the session ends, live. */
export function useExpiry(): Expiry {
  const provided = useProvidedSession();
  const { expiring, session } = useSynced(provided);
  const extend = useCallback(() => provided.extend(), [provided]);
  return {
    expiring,
    idleExpiresAt: session && Date.parse(session.idleExpiresAt),
    absoluteExpiresAt: session && Date.parse(session.absoluteExpiresAt),
    extend,
  };
}
