import { csrfSync } from 'csrf-sync';
import type { Request } from 'express';

/** Refuses a POST that does not bring the token of its session, in a form's field or in a header. */
export const { csrfSynchronisedProtection: protectFromForgery } = csrfSync({
  getTokenFromRequest: ({ body, headers }: Request) => {
    const { token } = (body ?? {}) as { token?: string };
    return token ?? headers['x-csrf-token']?.toString();
  },
});
