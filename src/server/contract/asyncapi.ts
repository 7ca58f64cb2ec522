import { CLIENT_EVENTS, SERVER_EVENTS } from './events.js';
import { jsonSchemas, refTo, type SchemaName } from './schemas.js';

/** The AsyncAPI 3 document of the Socket.IO events. */
export function asyncApiDocument(): object {
  const messages: Record<string, object> = {};
  const operations: Record<string, object> = {};
  for (const [event, { does, payload, data }] of Object.entries(CLIENT_EVENTS)) {
    messages[event] = message(event, does, payload ? refTo(payload) : { type: 'null' });
    messages[answerTo(event)] = message(answerTo(event), 'Acknowledges it.', answer(data));
    operations[event] = {
      ...operation('receive', event, does),
      reply: {
        channel: { $ref: '#/channels/socket' },
        messages: [messageRef(answerTo(event))],
      },
    };
  }
  for (const [event, { does, payload }] of Object.entries(SERVER_EVENTS)) {
    messages[event] = message(event, does, refTo(payload));
    operations[event] = operation('send', event, does);
  }
  return {
    asyncapi: '3.0.0',
    info: { title: 'nestjs-shared-session, reference server', version: '1' },
    channels: {
      socket: {
        address: '/socket.io',
        description:
          'Socket.IO, namespace `/`, WebSocket transport only, with the session’s cookie.',
        messages,
      },
    },
    operations,
    components: { schemas: jsonSchemas() },
  };
}

const message = (name: string, summary: string, payload: object) => ({ name, summary, payload });

const answerTo = (event: string) => `${event}-answer`;

/** In JSON Pointers a slash is written ~1; event names have none. */
const messageRef = (name: string) => ({ $ref: `#/channels/socket/messages/${name}` });

function operation(action: 'send' | 'receive', event: string, summary: string): object {
  return {
    action,
    summary,
    channel: { $ref: '#/channels/socket' },
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
