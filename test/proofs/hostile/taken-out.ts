import type { Edit } from '../../../scripts/bundle.js';

const WEBSOCKET = 'socket/engine/bounded-websocket.js';
const HANDSHAKE = 'socket/handshake.js';

/** Each bound that a move goes beyond, and how it is taken out of the built server. */
export const TAKEN_OUT = {
  '100 packets a second': { file: WEBSOCKET, code: 'BURST = 200', instead: 'BURST = Infinity' },
  'one packet a turn': {
    file: WEBSOCKET,
    code: 'allowSynchronousEvents: false',
    instead: 'allowSynchronousEvents: true',
  },
  '16 fragments': { file: WEBSOCKET, code: 'MAX_FRAGMENTS = 16', instead: 'MAX_FRAGMENTS = 1e4' },
  'text only': { file: WEBSOCKET, code: "event === 'message' &&", instead: 'false &&' },
  '256 KB to be sent': {
    file: 'socket/engine/send-buffer.js',
    code: 'MAX_WAITING_BYTES = 256 * 1024',
    instead: 'MAX_WAITING_BYTES = Infinity',
  },
  '5 s without a namespace': {
    file: 'socket/session-io.adapter.js',
    code: 'CONNECT_TIMEOUT_MS = 5000',
    instead: 'CONNECT_TIMEOUT_MS = 5_000_000',
  },
  'one socket a namespace': {
    file: HANDSHAKE,
    code: 'each !== socket && isTwin(each)',
    instead: 'false',
  },
  '50 sockets a session': {
    file: HANDSHAKE,
    code: 'MAX_SOCKETS_OF_SESSION = 50',
    instead: 'MAX_SOCKETS_OF_SESSION = Infinity',
  },
  '200 sockets a principal': {
    file: HANDSHAKE,
    code: 'MAX_SOCKETS_OF_PRINCIPAL = 200',
    instead: 'MAX_SOCKETS_OF_PRINCIPAL = Infinity',
  },
  'hashes that wait': {
    file: 'accounts/passwords.js',
    code: 'MAX_WAITING = 50',
    instead: 'MAX_WAITING = Infinity',
  },
  'operations that are kept': {
    file: 'cart/cart.repository.js',
    code: 'user: 1000, guest: 200',
    instead: 'user: 1e9, guest: 1e9',
  },
  'faults in few words': {
    file: 'fault-details.js',
    code: 'text.length > MAX_DETAIL_CHARACTERS',
    instead: 'false',
  },
} satisfies Readonly<Record<string, Edit>>;

export type Bound = keyof typeof TAKEN_OUT;
