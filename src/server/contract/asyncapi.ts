import { ABOUT, CONTACT, tagOf, tags } from './about.js';
import { exampleOf } from './examples.js';
import { CLIENT_EVENTS, SERVER_EVENTS } from './events.js';
import { refTo, type SchemaName, schemasUsedBy } from './schemas.js';

/** The AsyncAPI 3 document of the Socket.IO events. */
export function asyncApiDocument(): object {
  const messages: Record<string, object> = {};
  const operations: Record<string, object> = {};
  for (const [event, { does, payload, data }] of Object.entries(CLIENT_EVENTS)) {
    messages[event] = payload ? message(event, does, payload) : emptyMessage(event, does);
    messages[answerTo(event)] = answerMessage(event, data);
    operations[event] = {
      ...operation('receive', event, does),
      reply: { channel: CHANNEL, messages: [messageRef(answerTo(event))] },
    };
  }
  for (const [event, { does, payload }] of Object.entries(SERVER_EVENTS)) {
    messages[event] = message(event, does, payload);
    operations[event] = operation('send', event, does);
  }
  return {
    asyncapi: '3.1.0',
    defaultContentType: 'application/json',
    info: { ...ABOUT, contact: CONTACT, tags: EVENT_TAGS.map(tagRef) },
    servers: { node: NODE },
    channels: { socket: { ...SOCKET, messages } },
    operations,
    components: {
      schemas: schemasUsedBy(messages),
      tags: Object.fromEntries(tags(EVENT_TAGS).map((tag) => [tag.name, tag])),
      securitySchemes: { session: COOKIE },
    },
  };
}

const EVENT_TAGS = [
  ...new Set([...Object.keys(CLIENT_EVENTS), ...Object.keys(SERVER_EVENTS)].map(tagOf)),
];
const tagRef = (name: string) => ({ $ref: `#/components/tags/${name}` });

const COOKIE = {
  type: 'httpApiKey',
  in: 'cookie',
  name: 'sid',
  description: '`__Host-sid` in production.',
};

const SOCKET = {
  address: '/socket.io',
  title: 'The socket',
  description: 'Socket.IO, namespace `/`, WebSocket transport only, with the session’s cookie.',
  servers: [{ $ref: '#/servers/node' }],
};

const CHANNEL = { $ref: '#/channels/socket' };

/** `wss` where the server has TLS. */
const NODE = {
  host: '{host}',
  protocol: 'ws',
  description: 'Any node: all follow the same sessions.',
  variables: { host: { default: 'localhost:3000', description: 'Host and port of a node.' } },
};

const message = (name: string, summary: string, payload: SchemaName) => ({
  name,
  title: name,
  summary,
  contentType: 'application/json',
  payload: refTo(payload),
  examples: [{ name: payload, payload: exampleOf(payload) }],
});

const emptyMessage = (name: string, summary: string) => ({
  name,
  title: name,
  summary,
  contentType: 'application/json',
  payload: { type: 'null' },
});

const answerMessage = (event: string, data: SchemaName) => ({
  name: answerTo(event),
  title: answerTo(event),
  summary: 'Acknowledges it. `RATE_LIMITED` has `details.retryAfterMs`: when to send it again.',
  contentType: 'application/json',
  payload: answer(data),
  examples: [
    { name: 'Done', payload: { ok: true, data: exampleOf(data) } },
    { name: 'Refused', payload: { ok: false, error: exampleOf('Error') } },
  ],
});

const answerTo = (event: string) => `${event}-answer`;

/** In JSON Pointers a slash is written ~1; event names have none. */
const messageRef = (name: string) => ({ $ref: `#/channels/socket/messages/${name}` });

function operation(action: 'send' | 'receive', event: string, summary: string): object {
  return {
    action,
    title: event,
    summary,
    tags: [tagRef(tagOf(event))],
    security: [{ $ref: '#/components/securitySchemes/session' }],
    channel: CHANNEL,
    messages: [messageRef(event)],
  };
}

function answer(data: SchemaName): object {
  const variant = (ok: boolean, name: string, schema: SchemaName) => ({
    type: 'object',
    properties: { ok: { const: ok }, [name]: refTo(schema) },
    required: ['ok', name],
    additionalProperties: false,
  });
  return { oneOf: [variant(true, 'data', data), variant(false, 'error', 'Error')] };
}
