import { jsonSchemas, type SchemaName } from './schemas.js';

/** What is read of a schema to make an example of it. */
interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Values that a schema says too little about to make one that a reader understands, by the field’s name. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  'AdminAccount.name': 'Ada Lovelace',
  'CartLine.name': 'Scale with timer',
  'Error.code': 'RATE_LIMITED',
  'Error.details': { retryAfterMs: 1500 },
  'Error.message': 'That was too often. Wait a little.',
  'NodeReport.name': 'alpha',
  'NodeReport.refused': { events: 3 },
  'NodeReport.reportedAt': '2030-01-01T09:30:00.000Z',
  'NodeReport.rssMegabytes': 128,
  'NodeReport.sockets': 1,
  'NodeReport.sessions': 1,
  'NodeReport.users': 1,
  'Principal.id': 'ada',
  'Principal.kind': 'user',
  'Product.name': 'Scale with timer',
  'SessionDescription.id': 'ada',
  'SessionDescription.roles': ['customer'],
  'SessionEnded.reason': 'expired',
  'SessionEnded.reconnect': 'after-login',
  absoluteExpiresAt: '2030-01-08T09:00:00.000Z',
  amount: 3990,
  by: 'Ck3nJm0Zq8Vt5Lw2Ye7RaQ',
  current: 'correct horse battery staple',
  'Device.current': true,
  description: 'The token cannot be read.',
  email: 'ada@example.com',
  error_description: 'The token cannot be read.',
  handle: 'Ck3nJm0Zq8Vt5Lw2Ye7RaQ',
  id: 'ada',
  inMs: 60_000,
  ip: '203.0.113.7',
  idleExpiresAt: '2030-01-01T09:30:00.000Z',
  logout_token: 'eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl',
  name: 'Ada Lovelace',
  next: 'another horse battery staple',
  node: 'alpha',
  password: 'correct horse battery staple',
  previousRevision: 'b1f0c8',
  quantity: 1,
  retryAfterMs: undefined,
  revision: 'd7a93e',
  roles: ['customer'],
  sku: 'scale',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  version: 3,
};

/** The same for schemas that are a text by themselves. */
const TEXTS: Readonly<Partial<Record<SchemaName, string>>> = {
  AccountId: 'ada',
  Handle: 'Ck3nJm0Zq8Vt5Lw2Ye7RaQ',
  SecurityEventToken: 'eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl',
};

/** In examples this stands for an id that whoever sends it makes anew. */
export const EXAMPLE_UUID = '5f0c1c52-8a3f-4f5e-9d53-0b1f7a6c2e10';

/**
 * Makes an example of a schema, always the same: of alternatives the first, of lists one element, and of
 * each field what its name or its type says.
 *
 * @throws Error naming a field that nothing is known of
 */
export function exampleOf(name: SchemaName): unknown {
  return namedExample(name, jsonSchemas());
}

function namedExample(name: string, schemas: Readonly<Record<string, Schema>>): unknown {
  return valueOf(schemas[name] ?? {}, { schema: name, schemas });
}

interface Place {
  /** The named schema that this is in. */
  readonly schema: string;
  readonly schemas: Readonly<Record<string, Schema>>;
}

function valueOf(schema: Schema, place: Place): unknown {
  if (schema.$ref) return namedExample(schema.$ref.split('/').at(-1) ?? '', place.schemas);
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [first] = schema.oneOf ?? schema.anyOf ?? [];
  if (first) return valueOf(first, place);
  if (schema.type === 'array') return [valueOf(schema.items ?? {}, place)];
  if (schema.type === 'object') return objectOf(schema, place);
  return scalarOf(schema, place);
}

function objectOf({ properties = {}, required = [] }: Schema, place: Place): object {
  const fields = Object.entries(properties).flatMap(([field, schema]) => {
    const known = [`${place.schema}.${field}`, field].find((name) => name in BY_NAME);
    if (known !== undefined && !schema.$ref && !('const' in schema)) {
      return BY_NAME[known] === undefined ? [] : [[field, BY_NAME[known]] as const];
    }
    return required.includes(field) ? [[field, valueOf(schema, place)] as const] : [];
  });
  return Object.fromEntries(fields);
}

function scalarOf({ type, format, minimum }: Schema, { schema }: Place): unknown {
  const text = TEXTS[schema as SchemaName];
  if (text !== undefined) return text;
  if (type === 'boolean') return false;
  if (type === 'integer') return Math.max(minimum ?? 0, 0);
  if (format === 'uuid') return EXAMPLE_UUID;
  if (format === 'date-time') return '2030-01-01T09:00:00.000Z';
  throw new Error(`There is no example of a field of ${schema}.`);
}
