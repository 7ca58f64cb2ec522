import { z } from 'zod';
import {
  ErrorBody,
  PrincipalSchema,
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
} from '../../shared-session/index.js';
import { Credentials, PasswordChange, Registration } from '../accounts/accounts.contract.js';
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

/** Every schema of the wire format, by its name in the documents. */
export const SCHEMAS = {
  CartChange,
  CartLine,
  CartOperation,
  CartPosition,
  CartResult,
  CartSnapshot,
  CartSync,
  Catalog: z.array(Product),
  Credentials,
  Device,
  Devices: z.array(Device),
  Empty: z.strictObject({}),
  Error: ErrorBody,
  Failure: z.strictObject({ error: ErrorBody }),
  Handle,
  Health: z.strictObject({ status: z.enum(['live', 'ready']) }),
  Money,
  PasswordChange,
  Principal: PrincipalSchema,
  Product,
  Registration,
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

/** All schemas as JSON Schema that refer to each other. */
export function jsonSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => refTo(id).$ref, io: 'input' });
  for (const schema of Object.values(schemas)) {
    delete schema.$schema;
    delete schema.$id;
  }
  return schemas;
}
