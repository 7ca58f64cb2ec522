import type { Audience, Route } from './routes.js';
import { jsonSchemas, refTo, type SchemaName } from './schemas.js';

const json = (schema: SchemaName) => content('application/json', schema);
const content = (type: string, schema: SchemaName) => ({ [type]: { schema: refTo(schema) } });

/** @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
const RATE_HEADERS = {
  RateLimit: {
    description: 'For each limit what is left of it, and in how many seconds it starts anew.',
    schema: { type: 'string', examples: ['"sign-ins";r=59;t=60'] },
  },
  'RateLimit-Policy': {
    description: 'For each limit how much it allows in how many seconds.',
    schema: { type: 'string', examples: ['"sign-ins";q=60;w=60'] },
  },
};

const RETRY_AFTER = {
  description: 'In seconds.',
  schema: { type: 'integer', minimum: 1 },
};

const rateHeaders = () =>
  Object.fromEntries(
    Object.keys(RATE_HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );

/**
 * The OpenAPI 3.1 document of the HTTP routes.
 *
 * @throws Error naming a route whose path has a parameter without a schema
 */
export function openApiDocument(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'nestjs-shared-session, reference server', version: '1' },
    paths,
    components: {
      schemas: jsonSchemas(),
      headers: RATE_HEADERS,
      responses: {
        RateLimited: {
          description:
            'Asked too often; nothing changed. `details.retryAfterMs` says when to ask again.',
          headers: { 'Retry-After': RETRY_AFTER, ...rateHeaders() },
          content: json('Failure'),
        },
      },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'sid',
          description: '`__Host-sid` in production.',
        },
      },
    },
  };
}

function operationOf(route: Route): object {
  const { does, who, body, bodyType = 'application/json', answers, isLimited, isStream } = route;
  const parameters = parametersOf(route);
  const responses = Object.entries(answers).map(([status, schema]) => [
    status,
    {
      description: 'Done.',
      ...(isLimited && { headers: rateHeaders() }),
      ...(schema && { content: json(schema) }),
      ...(isStream && { content: { 'text/event-stream': { schema: { type: 'string' } } } }),
    },
  ]);
  return {
    summary: does,
    security: securityOf(who),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: content(bodyType, body) } }),
    responses: {
      ...(Object.fromEntries(responses) as Record<string, object>),
      ...(isLimited && { 429: { $ref: '#/components/responses/RateLimited' } }),
      default: { description: 'Refused; nothing changed.', content: json('Failure') },
    },
  };
}

/** The alternatives of which one is needed; a cookie's may name a role since OpenAPI 3.1. */
function securityOf(who: Audience): object[] {
  if (who === 'anybody') return [];
  return typeof who === 'string'
    ? [{ session: [] }]
    : who.roles.map((role) => ({ session: [role] }));
}

function parametersOf({ method, path, parameters }: Route): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => {
    const schema = parameters?.[name];
    if (!schema) throw new Error(`${method} ${path} has no schema for "${name}".`);
    return { name, in: 'path', required: true, schema: refTo(schema) };
  });
}
