import { sessionOf } from '../access/session-carrier.js';
import type { Link } from '../links/link.js';
import type { Session } from '../session/session.js';

interface Place {
  readonly link: Link;
  /** On which it has come. */
  readonly path: string;
  /** From where. */
  readonly address: string;
}

const places = new WeakMap<object, Place>();

/** Notes of which link a client is part, and where it has come from. */
export function rememberPlace(client: object, place: Place): void {
  places.set(client, place);
}

export function placeOfClient(client: object): Place | undefined {
  return places.get(client);
}

/** The link of a client that was let in. */
export function linkOf(client: object): Link | undefined {
  return places.get(client)?.link;
}

/**
 * The session of a connection, as it is now: its user and their roles too. Null once it has ended.
 *
 * @param client a `WebSocket` of {@link SessionWebSocketServer}
 */
export function sessionOfSocket(client: object): Session | null {
  return sessionOf(client);
}
