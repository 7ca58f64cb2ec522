import { ABOUT, tagOf, tags } from './about.js';
import { exampleOf } from './examples.js';
import type { Audience, Route } from './routes.js';
import { refTo, type SchemaName, schemasUsedBy } from './schemas.js';

const json = (schema: SchemaName) => content('application/json', schema);
const content = (type: string, schema: SchemaName) => ({
  [type]: { schema: refTo(schema), examples: { [schema]: { value: exampleOf(schema) } } },
});

const refused = (description: string) => ({ description, content: json('Failure') });

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
  const responses = responsesOf(routes);
  return {
    openapi: '3.1.0',
    info: ABOUT,
    servers: [{ url: '/', description: 'The node that served this document.' }],
    tags: tags(routes.map(({ path }) => tagOf(path))),
    paths,
    components: {
      schemas: schemasUsedBy({ paths, responses }),
      ...(responses.RateLimited && { headers: RATE_HEADERS }),
      responses,
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

/** What routes have in common; a document holds nothing that no route refers to. */
function responsesOf(routes: readonly Route[]) {
  return {
    Refused: refused('Refused; nothing changed.'),
    Failed: refused('The server could not do it now; it may have been done or not.'),
    ...(routes.some(({ isLimited }) => isLimited) && {
      RateLimited: {
        ...refused(
          'Asked too often; nothing changed. `details.retryAfterMs` says when to ask again.',
        ),
        headers: { 'Retry-After': RETRY_AFTER, ...rateHeaders() },
      },
    }),
  };
}

/**
 * The name of a route for programs made of the document, such as `getAdminAccountsByIdSessions`: its method and its path.
 */
export function operationIdOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const parts = path.replace(/:/g, 'by-').match(/\w+/g) ?? [];
  return method + parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');
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
    operationId: operationIdOf(route),
    tags: [tagOf(route.path)],
    summary: firstSentence(does),
    description: does,
    security: securityOf(who),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: content(bodyType, body) } }),
    responses: {
      ...(Object.fromEntries(responses) as Record<string, object>),
      ...(isLimited && { 429: { $ref: '#/components/responses/RateLimited' } }),
      '4XX': { $ref: '#/components/responses/Refused' },
      default: { $ref: '#/components/responses/Failed' },
    },
  };
}

const firstSentence = (text: string) => /^[^.:;]+/.exec(text)?.[0] ?? text;

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
    return {
      name,
      in: 'path',
      required: true,
      schema: refTo(schema),
      examples: { [schema]: { value: exampleOf(schema) } },
    };
  });
}
