import type { Session } from './session.js';

type PublicUser = Session['publicUser'];

/** Whether clients would see no difference. An application may load the same object each time, and change it in between. */
export function isSameUser(one: PublicUser, other: PublicUser): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
