import type { SchemaName } from './schemas.js';

/** Who may call a route: anybody, whoever has a session, signed-in users, or those with one of the roles. */
export type Audience = 'anybody' | 'session' | 'user' | { readonly roles: readonly string[] };

export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  /** The schema of each parameter in the path, by its name. */
  readonly parameters?: Readonly<Record<string, SchemaName>>;
  readonly does: string;
  /** What its guard asks for: `@Anybody()`, `@AnySession()`, `@SignedIn()` or `@Roles(…)`. */
  readonly who: Audience;
  readonly body?: SchemaName;
  /** Where the body is no JSON. */
  readonly bodyType?: string;
  /** Whether it answers 429 to whoever asks too often; any route does to whoever asks too much at a time. */
  readonly isLimited?: true;
  /** It is there only where users may log in at an identity provider. */
  readonly needsProvider?: true;
  /** Its answer is a stream of server-sent events that goes on for as long as the session. */
  readonly isStream?: true;
  /** What it answers by status; null is no body. Errors are the same for all routes. */
  readonly answers: Readonly<Record<number, SchemaName | null>>;
}

const ADMIN = { roles: ['admin'] };
const RECENT =
  '`RECENT_SIGN_IN_REQUIRED` when the last sign-in or confirmation is more than 15 minutes ago.';

/** What operators do, also by `npm run operator`. */
const ADMIN_ROUTES: readonly Route[] = [
  {
    method: 'post',
    path: '/admin/accounts/find',
    does: `Finds an account by its address, which stands in no URL, and so in no log. ${RECENT}`,
    who: ADMIN,
    body: 'AccountSearch',
    answers: { 200: 'AdminAccount' },
  },
  {
    method: 'get',
    path: '/admin/accounts/:id/sessions',
    parameters: { id: 'AccountId' },
    does: `Lists an account’s sessions. ${RECENT}`,
    who: ADMIN,
    answers: { 200: 'AdminSessions' },
  },
  {
    method: 'delete',
    path: '/admin/accounts/:id/sessions',
    parameters: { id: 'AccountId' },
    does: `Ends all sessions of an account. ${RECENT}`,
    who: ADMIN,
    answers: { 204: null },
  },
  {
    method: 'delete',
    path: '/admin/accounts/:id/sessions/:handle',
    parameters: { id: 'AccountId', handle: 'Handle' },
    does: `Ends one session of an account. ${RECENT}`,
    who: ADMIN,
    answers: { 204: null },
  },
  {
    method: 'post',
    path: '/admin/accounts/:id/suspension',
    parameters: { id: 'AccountId' },
    does: `Suspends an account: its sessions end, and nobody can sign in to it. ${RECENT}`,
    who: ADMIN,
    answers: { 204: null },
  },
  {
    method: 'delete',
    path: '/admin/accounts/:id/suspension',
    parameters: { id: 'AccountId' },
    does: `Lets an account that was suspended sign in again. ${RECENT}`,
    who: ADMIN,
    answers: { 204: null },
  },
  {
    method: 'post',
    path: '/admin/accounts/:id/roles',
    parameters: { id: 'AccountId' },
    does: `Sets an account’s roles, of open sockets too. ${RECENT}`,
    who: ADMIN,
    body: 'RolesChange',
    answers: { 204: null },
  },
  {
    method: 'get',
    path: '/admin/nodes',
    does: `Tells of every node how it is and who is connected to it, as of some seconds ago. ${RECENT}`,
    who: ADMIN,
    answers: { 200: 'NodeReports' },
  },
];

/** Every route that a client may call, or an identity provider. */
export const ROUTES: readonly Route[] = [
  {
    method: 'get',
    path: '/session',
    does: 'Gives the current session, or starts a guest’s. A page’s first call.',
    who: 'anybody',
    isLimited: true,
    answers: { 200: 'SessionDescription' },
  },
  {
    method: 'get',
    path: '/session/events',
    does: 'Follows the session where no WebSocket gets through: `session:ready`, `session:changed`, `cart:state` and, at last, `session:ended`. To follow is no activity.',
    who: 'session',
    isStream: true,
    answers: { 200: null },
  },
  {
    method: 'post',
    path: '/auth/register',
    does: 'Makes an account and signs it in.',
    who: 'anybody',
    body: 'Registration',
    isLimited: true,
    answers: { 201: 'SignedInUser' },
  },
  {
    method: 'post',
    path: '/auth/login',
    does: 'Signs in on a new session id; the guest’s cart joins the user’s.',
    who: 'anybody',
    body: 'Credentials',
    isLimited: true,
    answers: { 200: 'SignedInUser' },
  },
  {
    method: 'post',
    path: '/auth/confirm',
    does: 'Proves with the password that it is still the user, for what asks for a recent sign-in.',
    who: 'user',
    body: 'Confirmation',
    isLimited: true,
    answers: { 204: null },
  },
  {
    method: 'post',
    path: '/auth/logout',
    does: 'Ends the session everywhere.',
    who: 'anybody',
    answers: { 204: null },
  },
  {
    method: 'get',
    path: '/auth/oidc',
    does: 'Sends the browser to the identity provider, to log in there.',
    who: 'anybody',
    needsProvider: true,
    answers: { 302: null },
  },
  {
    method: 'get',
    path: '/auth/oidc/callback',
    does: 'Where the identity provider sends the browser back to: signs in on a new session id, and goes on to the page.',
    who: 'anybody',
    needsProvider: true,
    answers: { 302: null },
  },
  {
    method: 'post',
    path: '/backchannel-logout',
    does: 'For the identity provider: ends the sessions that came of a login there.',
    who: 'anybody',
    needsProvider: true,
    body: 'LogoutForm',
    bodyType: 'application/x-www-form-urlencoded',
    answers: { 200: null, 400: 'LogoutRefusal', 503: 'LogoutRefusal' },
  },
  {
    method: 'post',
    path: '/security-events',
    does: 'For the identity provider: ends or changes sessions by what has happened to a login or a user there.',
    who: 'anybody',
    needsProvider: true,
    body: 'SecurityEventToken',
    bodyType: 'application/secevent+jwt',
    answers: { 202: null, 400: 'SecurityEventRefusal', 503: 'SecurityEventRefusal' },
  },
  {
    method: 'get',
    path: '/user/profile',
    does: 'Gives the session’s user.',
    who: 'user',
    answers: { 200: 'User' },
  },
  {
    method: 'post',
    path: '/user/password',
    does: 'Changes the password; a new session id here, and every other session ends. `RECENT_SIGN_IN_REQUIRED` when the last sign-in or confirmation is more than 15 minutes ago.',
    who: 'user',
    body: 'PasswordChange',
    isLimited: true,
    answers: { 204: null },
  },
  {
    method: 'get',
    path: '/devices',
    does: 'Lists where the user is signed in.',
    who: 'user',
    answers: { 200: 'Devices' },
  },
  {
    method: 'delete',
    path: '/devices',
    does: 'Ends the user’s other sessions.',
    who: 'user',
    answers: { 204: null },
  },
  {
    method: 'delete',
    path: '/devices/:handle',
    parameters: { handle: 'Handle' },
    does: 'Ends one of the user’s sessions.',
    who: 'user',
    answers: { 204: null },
  },
  {
    method: 'get',
    path: '/catalog',
    does: 'Lists what the shop sells, with prices in minor units.',
    who: 'anybody',
    answers: { 200: 'Catalog' },
  },
  {
    method: 'get',
    path: '/cart',
    does: 'Gives the cart.',
    who: 'session',
    answers: { 200: 'CartSnapshot' },
  },
  {
    method: 'post',
    path: '/cart/operations',
    does: 'Applies one operation to the cart, once, however often it is sent.',
    who: 'session',
    body: 'CartOperation',
    answers: { 200: 'CartResult' },
  },
  ...ADMIN_ROUTES,
  {
    method: 'get',
    path: '/health/live',
    does: 'Tells that the process runs.',
    who: 'anybody',
    answers: { 200: 'Health' },
  },
  {
    method: 'get',
    path: '/health/ready',
    does: 'Tells whether the node can do its work; 503 if not.',
    who: 'anybody',
    answers: { 200: 'Health' },
  },
];

/** The routes of a server with or without an identity provider. */
export function routesOf({ hasProvider }: { readonly hasProvider: boolean }): readonly Route[] {
  return hasProvider ? ROUTES : ROUTES.filter(({ needsProvider }) => !needsProvider);
}
