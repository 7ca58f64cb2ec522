import { createElement, type ReactElement, type ReactNode } from 'react';
import { type ProvidedSession, SessionContext } from './provided-session.js';

export interface SessionProviderProps {
  /** Made once by the application, beside its components: `connectSession()`. */
  readonly session: ProvidedSession;
  readonly children?: ReactNode;
}

/**
 * Gives the components in it the application's session. It neither connects nor closes it, so rendering twice, on a server, or
 * under `StrictMode` opens no connection.
 *
 * @example
 * const session = connectSession();
 * root.render(<SessionProvider session={session}><App /></SessionProvider>);
 */
export function SessionProvider({ session, children }: SessionProviderProps): ReactElement {
  return createElement(SessionContext.Provider, { value: session }, children);
}
