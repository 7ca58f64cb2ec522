import type { ErrorBody } from '../shared-session.contract.js';
import { CodedError } from '../shared-session.errors.js';
import type { Format } from './session-websocket.js';

/** What a client sends, in Nest's form. `id` asks for an answer. */
export interface Message {
  readonly event: string;
  readonly data: unknown;
  readonly id: string | number | null;
}

/** Longest `id`; it comes back as it was. */
const MAX_ID_LENGTH = 100;

/** @throws CodedError for anything else than a message */
export function parseMessage(text: string): Message {
  const parsed = parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw notAMessage();
  const { event, data, id = null } = parsed as Partial<Message>;
  if (typeof event !== 'string' || !isId(id)) throw notAMessage();
  return { event, data, id };
}

/** An event for a client. */
export const formatEvent: Format = (event, data) => JSON.stringify({ event, data });

/** What a client is told whose event failed, and who asked for no answer. */
export function formatException(event: string | null, error: ErrorBody): string {
  return JSON.stringify({ event: 'exception', data: { event, error } });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notAMessage();
  }
}

function isId(id: unknown): id is Message['id'] {
  if (typeof id === 'string') return id.length <= MAX_ID_LENGTH;
  return id === null || typeof id === 'number';
}

function notAMessage(): CodedError {
  return new CodedError('INVALID_PAYLOAD', 'A message is JSON: { event, data } and perhaps an id.');
}
