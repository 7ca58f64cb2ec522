import { z } from 'zod';
import { Email } from '../accounts/accounts.contract.js';
import { User } from '../accounts/user.js';
import { Device } from '../devices/devices.contract.js';

export const AccountId = z.string().max(64);

export const AccountSearch = z.strictObject({ email: Email });
export type AccountSearch = z.output<typeof AccountSearch>;

/** An account as operators see it. */
export const AdminAccount = User.extend({ suspended: z.boolean() });
export type AdminAccount = z.output<typeof AdminAccount>;

/** A session as operators see it: not one of their own. */
export const AdminSession = Device.omit({ current: true });
export type AdminSession = z.output<typeof AdminSession>;

/** All roles of an account; none takes all away. */
export const RolesChange = z.strictObject({
  roles: z
    .array(z.string().regex(/^[\w-]{1,32}$/, 'A role is 1 to 32 letters, digits, _ or -'))
    .max(20),
});
export type RolesChange = z.output<typeof RolesChange>;
