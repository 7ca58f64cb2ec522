import type { SchemaName } from './schemas.js';

interface ClientEvent {
  readonly does: string;
  readonly payload: SchemaName | null;
  /** What the acknowledgement holds under `data`. */
  readonly data: SchemaName;
}

/** What clients may send; every event is acknowledged. */
export const CLIENT_EVENTS: Readonly<Record<string, ClientEvent>> = {
  'session:get': {
    does: 'Asks for the current session.',
    payload: null,
    data: 'SessionDescription',
  },
  'session:extend': {
    does: 'Prolongs the session; it is activity.',
    payload: null,
    data: 'SessionExpiry',
  },
  'cart:get': {
    does: 'Asks for the cart. A poll: no activity.',
    payload: null,
    data: 'CartSnapshot',
  },
  'cart:apply': {
    does: 'Applies one operation to the cart, once, however often it is sent.',
    payload: 'CartOperation',
    data: 'CartResult',
  },
  'cart:sync': {
    does: 'Asks for the cart unless the client has it as it is. A poll: no activity.',
    payload: 'CartPosition',
    data: 'CartSync',
  },
};

interface ServerEvent {
  readonly does: string;
  readonly payload: SchemaName;
}

/** What the server sends. */
export const SERVER_EVENTS: Readonly<Record<string, ServerEvent>> = {
  'session:ready': {
    does: 'First event on every connection: the node is subscribed. Sent again when broadcasts may have been missed: start from what the server has.',
    payload: 'SessionDescription',
  },
  'session:changed': { does: 'The user or the roles changed.', payload: 'SessionDescription' },
  'session:expiring': {
    does: 'The session is about to end by itself.',
    payload: 'SessionExpiring',
  },
  'session:extended': {
    does: 'The session that was about to end no longer is, since somebody was active in one of its tabs. Sent once after a `session:expiring`.',
    payload: 'SessionExpiry',
  },
  'session:ended': {
    does: 'The session ended; the server disconnects next.',
    payload: 'SessionEnded',
  },
  'cart:changed': {
    does: 'The cart changed. Apply it if `previousRevision` is the own revision; wait briefly otherwise, then sync. One that the own version has already may come again: ignore it.',
    payload: 'CartChange',
  },
  'devices:changed': { does: 'The list of devices changed; fetch it again.', payload: 'Empty' },
};
