import { z } from 'zod';
import {
  ErrorBody,
  PrincipalSchema,
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
} from '../../shared-session/index.js';
import {
  Confirmation,
  Credentials,
  PasswordChange,
  Registration,
} from '../accounts/accounts.contract.js';
import {
  LogoutForm,
  LogoutRefusal,
  SecurityEventRefusal,
  SecurityEventToken,
} from '../accounts/provider-login/provider-login.contract.js';
import { SignedInUser, User } from '../accounts/user.js';
import {
  CartChange,
  CartLine,
  CartOperation,
  CartPosition,
  CartResult,
  CartSnapshot,
  CartSync,
} from '../cart/cart.contract.js';
import { Money, Product } from '../catalog/catalog.contract.js';
import { Device, Handle } from '../devices/devices.contract.js';
import { NodeReport } from '../operators/node-report.js';
import {
  AccountId,
  AccountSearch,
  AdminAccount,
  AdminSession,
  RolesChange,
} from '../operators/operators.contract.js';
import { ERROR_CODES } from './error-codes.js';

/** An error with every code that this server has. */
const ServerError = ErrorBody.extend({
  code: z.enum(Object.keys(ERROR_CODES)),
  details: ErrorBody.shape.details.meta({
    description:
      'What else a client may know. `RATE_LIMITED` always has `details.retryAfterMs`: how many milliseconds to wait before it is sent again.',
  }),
}).meta({ description: 'Why something was refused. The table of codes at /docs says what to do.' });

/** Every schema of the wire format, by its name in the documents. */
export const SCHEMAS = {
  AccountId,
  AccountSearch,
  AdminAccount,
  AdminSession,
  AdminSessions: z.array(AdminSession),
  CartChange,
  CartLine,
  CartOperation,
  CartPosition,
  CartResult,
  CartSnapshot,
  CartSync,
  Catalog: z.array(Product),
  Confirmation,
  Credentials,
  Device,
  Devices: z.array(Device),
  Empty: z.strictObject({}),
  Error: ServerError,
  Failure: z.strictObject({ error: ServerError }),
  Handle,
  Health: z.strictObject({ status: z.enum(['live', 'ready']) }),
  LogoutForm,
  LogoutRefusal,
  Money,
  NodeReport,
  NodeReports: z.array(NodeReport),
  PasswordChange,
  Principal: PrincipalSchema,
  Product,
  Registration,
  RolesChange,
  SecurityEventRefusal,
  SecurityEventToken,
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
  SignedInUser,
  User,
} as const satisfies Record<string, z.ZodType>;

export type SchemaName = keyof typeof SCHEMAS;

/** Where a document holds the schema of this name. */
export const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });

let made: Record<string, object> | undefined;

/** All schemas as JSON Schema that refer to each other. Made once: each example asks for them. */
export function jsonSchemas(): Record<string, object> {
  return (made ??= makeJsonSchemas());
}

function makeJsonSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => refTo(id).$ref, io: 'input' });
  for (const schema of Object.values(schemas)) {
    delete schema.$schema;
    delete schema.$id;
  }
  return schemas;
}

/** Of all schemas those that a part of a document refers to, directly or through others. */
export function schemasUsedBy(part: object): Record<string, object> {
  const all = jsonSchemas();
  const used = new Set<string>();
  const waiting: object[] = [part];
  for (const each of waiting) {
    for (const [, name = ''] of JSON.stringify(each).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const schema = all[name];
      if (!schema || used.has(name)) continue;
      used.add(name);
      waiting.push(schema);
    }
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)));
}
