import { createContext, useContext } from 'react';
import type { AnySession, SessionState } from '../index.js';

/** A session that components use, whatever its events and its users are. */
export interface ProvidedSession extends AnySession {
  readonly getServerSnapshot: () => SessionState<unknown>;
  refresh(): Promise<void>;
  extend(): Promise<boolean>;
}

export const SessionContext = createContext<ProvidedSession | null>(null);

/** The session of the `SessionProvider` above. */
export function useProvidedSession(): ProvidedSession {
  const session = useContext(SessionContext);
  if (!session) throw new TypeError('There is no <SessionProvider> above this component.');
  return session;
}
