import { z } from 'zod';

/** What the provider posts when somebody has logged out there: a form. */
export const LogoutForm = z.strictObject({ logout_token: z.string() });

/** Why a logout token is not taken, as OAuth has it. */
export const LogoutRefusal = z.strictObject({
  error: z.enum(['invalid_request', 'temporarily_unavailable']),
  error_description: z.string(),
});

/** A security event as a signed token; the body is nothing else. */
export const SecurityEventToken = z.string();

/** Why a security event is not taken, as RFC 8935 has it. */
export const SecurityEventRefusal = z.strictObject({
  err: z.enum([
    'invalid_request',
    'invalid_key',
    'invalid_issuer',
    'invalid_audience',
    'temporarily_unavailable',
  ]),
  description: z.string(),
});
