import { useSyncExternalStore } from 'react';

/** What can be followed: a `SyncedState`, a session, or a value of the application's own of this shape. */
export interface Followed<View> {
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => View;
  readonly getServerSnapshot: () => View;
}

/**
 * What a state is now, live. On a server, and for the first moment of a page that a server has rendered, what it is at the beginning.
 *
 * @example
 * const { state, pending } = useSynced(cart);
 */
export function useSynced<View>(synced: Followed<View>): View {
  return useSyncExternalStore(synced.subscribe, synced.getSnapshot, synced.getServerSnapshot);
}
