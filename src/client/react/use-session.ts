import { useCallback } from 'react';
import type { AnyUser, DescriptionOf, SessionState } from '../index.js';
import { useProvidedSession } from './provided-session.js';
import { useSynced } from './use-synced.js';

/** Who somebody is. */
export interface CurrentSession<User> {
  /** The session as last heard of. */
  readonly session: DescriptionOf<User> | null;
  /** Null for a guest, and before the server was asked. */
  readonly user: User | null;
  /** Why the session ended, while it is over. */
  readonly ended: SessionState['ended'];
  /** To be called after signing in or out, and to go on as a guest. */
  readonly refresh: () => Promise<void>;
}

/**
 * Whose session this is, live: it changes when somebody signs in or out in any tab.
 *
 * @example
 * const { user } = useSession<ShopUser>();
 */
export function useSession<User = AnyUser>(): CurrentSession<User> {
  const provided = useProvidedSession();
  const { session, ended } = useSynced(provided) as SessionState<User>;
  const refresh = useCallback(() => provided.refresh(), [provided]);
  return { session, user: session?.user ?? null, ended, refresh };
}
