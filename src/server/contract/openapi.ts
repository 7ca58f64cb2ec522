import { ROUTES, type Route } from './routes.js';
import { jsonSchemas, refTo, type SchemaName } from './schemas.js';

const json = (schema: SchemaName) => ({ 'application/json': { schema: refTo(schema) } });

/** The OpenAPI 3.1 document of the HTTP routes. */
export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of ROUTES) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'nestjs-shared-session, reference server', version: '1' },
    paths,
    components: {
      schemas: jsonSchemas(),
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

function operationOf({ path, does, who, body, answers }: Route): object {
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: refTo('Handle'),
  }));
  const responses = Object.entries(answers).map(([status, schema]) => [
    status,
    { description: 'Done.', ...(schema && { content: json(schema) }) },
  ]);
  return {
    summary: does,
    security: who === 'anybody' ? [] : [{ session: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      ...(Object.fromEntries(responses) as Record<string, object>),
      default: { description: 'Refused; nothing changed.', content: json('Failure') },
    },
  };
}
