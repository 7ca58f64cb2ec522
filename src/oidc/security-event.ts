import type { ProviderSubject } from '../shared-session/index.js';
import { isObject } from './logout-token.js';
import { RefusedTokenError } from './token.errors.js';
import type { TokenKind, VerifiedToken } from './token-verifier.js';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';

/** A security event token as RFC 8417 has it. Whoever sends it may do so for long, until it is acknowledged. */
export const SECURITY_EVENT_TOKEN: TokenKind = {
  types: ['secevent+jwt'],
  maxAgeSeconds: 86_400,
  audienceOf: ({ clientId, eventsAudience }) => eventsAudience ?? clientId,
};

/** What is to be done for an event. */
export type SecurityAction =
  | { readonly does: 'end' | 'nothing' }
  | { readonly does: 'change'; readonly claims: Readonly<Record<string, unknown>> };

/** What is to be done, and to whose sessions. */
export type SecurityEvent = SecurityAction & { readonly subject: ProviderSubject };

const NOTHING: SecurityAction = { does: 'nothing' };

/** By the type of an event; {@link https://openid.net/specs/openid-caep-1_0-final.html} has what comes with it. */
const ACTIONS: Readonly<Record<string, (payload: Record<string, unknown>) => SecurityAction>> = {
  [`${CAEP}/session-revoked`]: () => ({ does: 'end' }),
  [`${CAEP}/credential-change`]: ({ change_type: change }) => {
    if (change === 'create') return NOTHING;
    if (['revoke', 'update', 'delete'].includes(String(change))) return { does: 'end' };
    throw new RefusedTokenError('The event has no usable change_type.');
  },
  [`${CAEP}/token-claims-change`]: ({ claims }) => {
    if (isObject(claims)) return { does: 'change', claims };
    throw new RefusedTokenError('The event has no claims.');
  },
};

/**
 * What a security event token asks for. Events of other types are none of ours, such as the one by which a transmitter tries
 * whether anybody is there.
 *
 * @throws RefusedTokenError when it has no events, or one of ours is not as it should be
 */
export function securityEvents({
  issuer,
  claims,
}: Pick<VerifiedToken, 'issuer' | 'claims'>): SecurityEvent[] {
  const { events } = claims;
  if (!isObject(events)) throw new RefusedTokenError('The token has no events.');
  return Object.entries(events).flatMap(([type, payload]) => {
    const action = Object.hasOwn(ACTIONS, type) ? ACTIONS[type] : undefined;
    if (!action) return [];
    if (!isObject(payload)) throw new RefusedTokenError('The event is no object.');
    // Drafts have the subject within the event.
    const subject = subjectOf(issuer, claims['sub_id'] ?? payload['subject']);
    return [{ ...action(payload), subject }];
  });
}

/**
 * Whose sessions an event is about: a user as `iss_sub`, a session at the provider as `opaque`, or both in a `complex` subject.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9493
 */
function subjectOf(issuer: string, subject: unknown): ProviderSubject {
  if (!isObject(subject)) throw new RefusedTokenError('The event has no subject.');
  const { format } = subject;
  if (format === 'iss_sub') return { issuer, sub: userIn(issuer, subject) };
  if (format === 'opaque') return { issuer, sid: sessionIn(subject) };
  // A complex subject of a draft has no format.
  const { session, user } = format === 'complex' || format === undefined ? subject : {};
  const sub = isObject(user) ? userIn(issuer, user) : undefined;
  if (isObject(session)) return { issuer, sid: sessionIn(session), sub };
  if (sub !== undefined) return { issuer, sub };
  throw new RefusedTokenError('The subject is of a format that is not known here.');
}

/** Nobody speaks for the users of another issuer. */
function userIn(issuer: string, { format, iss, sub }: Record<string, unknown>): string {
  if (format !== 'iss_sub' || typeof sub !== 'string' || sub === '') {
    throw new RefusedTokenError('The user is not named by iss and sub.');
  }
  if (iss === issuer) return sub;
  throw new RefusedTokenError('The user is of another issuer.');
}

function sessionIn({ format, id }: Record<string, unknown>): string {
  if (format === 'opaque' && typeof id === 'string' && id !== '') return id;
  throw new RefusedTokenError('The session is not named by an opaque id.');
}
