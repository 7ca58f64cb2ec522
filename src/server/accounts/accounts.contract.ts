import { z } from 'zod';
import { isCommon } from './common-passwords.js';

/** Addresses are compared in lower case: mailboxes that differ by case alone do not occur in practice. */
export const Email = z.string().trim().toLowerCase().pipe(z.email().max(254));

/**
 * Without halves of characters, all of which the hash takes for one and the same, and without NUL, which no keyboard has
 * and at which others' programs stop reading.
 */
const text = z.string().refine((value) => !/[\0\p{Surrogate}]/u.test(value), 'Not a text');

/** Long enough to resist guessing (NIST SP 800-63B), short enough to hash without being an attack. */
const password = text
  .min(12)
  .max(128)
  .pipe(z.string().refine((value) => !isCommon(value), 'Too common: many have the same'));

export const Registration = z.strictObject({
  email: Email,
  password,
  name: z.string().trim().min(1).max(80),
});
export type Registration = z.output<typeof Registration>;

/** No other rule here: an old password that breaks today's rules still is that account's password. */
export const Credentials = z.strictObject({ email: Email, password: z.string().min(1).max(128) });
export type Credentials = z.output<typeof Credentials>;

/** The password once more, from a user who is signed in. */
export const Confirmation = z.strictObject({ password: z.string().min(1).max(128) });
export type Confirmation = z.output<typeof Confirmation>;

export const PasswordChange = z.strictObject({
  current: z.string().min(1).max(128),
  next: password,
});
export type PasswordChange = z.output<typeof PasswordChange>;
