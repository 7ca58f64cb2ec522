import { InvalidUserError } from './invalid-user.error.js';
import type { SessionUser } from './session-data.js';
import type { Session } from './session.js';

/** Gives a user as the application knows them now, roles and all; nothing for one who is gone. */
export type LoadUser = (
  user: SessionUser,
) => SessionUser | null | undefined | Promise<SessionUser | null | undefined>;

/**
 * A session with its user as the application knows them now; null if it speaks for nobody, or for a user who is gone.
 *
 * @throws InvalidUserError when somebody else is loaded than whom the session speaks for; whatever `loadUser` rejects with
 */
export async function withLoadedUser(
  session: Session | null,
  loadUser: LoadUser | null,
): Promise<Session | null> {
  if (!session?.user || !loadUser) return session;
  const loaded = await loadUser(session.user);
  if (!loaded) return null;
  if (String(loaded.id) !== session.principal.id) throw new InvalidUserError();
  return session.withUser(loaded);
}
