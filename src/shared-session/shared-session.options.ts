import { randomBytes } from 'node:crypto';
import type { CookieOptions } from 'express-session';
import type { AuditMode } from './access/audit-findings.js';
import { assertUsable } from './option-checks.js';
import {
  DEFAULT_LIMITS,
  type LimitOptions,
  NO_LIMITS,
  type ResolvedLimits,
} from './limits/limit-options.js';
import type { Principal } from './session/principal.js';
import type { LoadUser } from './session/load-user.js';
import { readSessionUser, type ReadUser } from './session/session-data.js';
import { type SessionLimits, toMs } from './session/session-lifetime.js';
import { SharedSessionConfigError } from './shared-session.errors.js';
import type { RedisAddress } from './redis/open-redis-clients.js';
import type { OwnRedisClients, RedisClients } from './redis/redis-clients.js';

/** Options of `SharedSessionModule.forRoot()`, validated at boot. */
export interface SharedSessionModuleOptions {
  /**
   * Where Redis is: one server (`redis://127.0.0.1:6379`, `rediss://…`), a Cluster (`redis+cluster://one:6379,two:6379`, several
   * addresses, or node-redis' options as `{ cluster }`), or a master that Sentinel elects
   * (`redis+sentinel://one:26379,two:26379/name`, `{ sentinel }`). The module opens its connections, and closes them when the
   * application is closed. Or three connected node-redis clients of one of these kinds, as `openRedisClients()` makes them: whoever
   * opened them closes them after Nest has shut down.
   */
  readonly redis: RedisAddress | OwnRedisClients;
  /**
   * When a sign-in and the end of a session count as done, and so does what the application does by `Durability.surely()`: when
   * the `master` has it, or a `replica` too, which takes a round trip more and fails as `UNAVAILABLE` where no replica confirms
   * within 500 ms. With `master`, what was acknowledged in the last moments before a master dies may be lost, an end among it.
   * @defaultValue `master`
   */
  readonly durability?: 'master' | 'replica';
  /**
   * Secrets of the session cookie: the first signs, all verify. The first needs at least 16 characters, 8 of them
   * different; the others may be as poor as they were, for as long as cookies live that they have signed.
   */
  readonly secrets: readonly string[];
  /**
   * Seconds without an HTTP request or a socket event after which a session ends. May be fractional:
   * it is rounded to whole milliseconds.
   * @defaultValue 1800
   */
  readonly idleSeconds?: number;
  /**
   * Seconds after which a session ends whatever happens. Rounded as `idleSeconds` is.
   * @defaultValue 43200
   */
  readonly absoluteSeconds?: number;
  /**
   * Most sessions that a user has after a sign-in by `Sessions.signIn()`, however they started (ASVS 7.1.2). Those that
   * start by `req.session.user = …` alone are not counted until then.
   * @defaultValue 20
   */
  readonly maxSessions?: number;
  /**
   * What a sign-in does that would be one session too many: it ends the oldest, or is refused as `TOO_MANY_SESSIONS`.
   * @defaultValue `end-oldest`
   */
  readonly whenFull?: 'end-oldest' | 'refuse';
  /**
   * What users, guests and addresses may do how often, over all nodes. Counted in Redis; while that is away, each node counts
   * for itself. Behind a proxy, Express' setting `trust proxy` must be right, or all clients count as one address.
   * `false` turns all limits off, those too that `RateLimits` and `@Limit()` give the application.
   * @defaultValue those of {@link LimitOptions}
   */
  readonly limits?: LimitOptions | false;
  /**
   * Name and attributes of the session cookie. It is always HttpOnly. Its `path` must take in
   * `/socket.io/`, or sockets would not get it.
   * @defaultValue `sid`, Path=/, SameSite=Lax, not Secure. Behind HTTPS use
   * `{ name: '__Host-sid', secure: true }`.
   */
  readonly cookie?: SessionCookieOptions;
  /**
   * Exact origins that may connect beside the server's own, such as `https://shop.example`.
   * @defaultValue none
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Put in front of every Redis key and channel. Two applications on one Redis need different ones. Without
   * braces, which are for the hash tags behind it.
   * @defaultValue empty
   */
  readonly prefix?: string;
  /**
   * Prefix of records that connect-redis has written, its own default being `sess:`. Each is moved when its cookie
   * comes: its session is listed and can be ended from then on, and counts as started then. Costs one command for
   * each request whose cookie is not known.
   * @defaultValue null: there are none
   */
  readonly legacyPrefix?: string | null;
  /**
   * This node's name, in `session:ready` and on its probe channel. Unique among the nodes.
   * @defaultValue random
   */
  readonly nodeName?: string;
  /**
   * Finds the signed-in user in a session. Passport keeps only an id:
   * `(session) => session.passport && { id: session.passport.user }`.
   * @defaultValue `session.user`
   */
  readonly user?: ReadUser;
  /**
   * Loads a user as the application knows them now, from a database say, with their roles: for guards, `@CurrentUser()`
   * and `socket.data.user`. Asked once for each request and each handshake, and when a session has changed or
   * `Sessions.reloadUser()` was called, never for an event. Nothing for a user who is gone: their sockets are closed, and
   * their requests come from nobody. The client is told what `user` found, and the roles.
   * @defaultValue null: the session has it all
   */
  readonly loadUser?: LoadUser | null;
  /**
   * What happens where a gateway's handler has no guard, neither its own nor its class's nor a global one that
   * reaches gateways, or takes a payload that nothing checks: the start fails (`strict`), one warning lists them all
   * (`warn`), or nothing happens (`off`).
   * @defaultValue `strict`
   */
  readonly auditGateways?: AuditMode;
  /**
   * The same for a controller's route that has neither a guard nor `@Anybody()`, on the route, on its class or
   * globally. Those of other packages are audited too: `Anybody()(TheirController)` decides about one.
   * @defaultValue `off`
   */
  readonly auditRoutes?: AuditMode;
  /**
   * Who finds the session at the request: `everything` that the application adds with `app.use()`, or only `routes`
   * and the middleware of modules. The latter reads no session for what is answered before, such as the page's files.
   * @defaultValue `everything`
   */
  readonly sessionFor?: 'everything' | 'routes';
  /**
   * Whole paths whose requests have no session, whatever cookie comes, with wildcards as Express 5 takes them:
   * `/assets/*path`. A liveness probe, which must not fail when Redis does, is one.
   * @defaultValue none
   */
  readonly withoutSession?: readonly string[];
  /**
   * Names the application's own keys of a principal that must not expire before its sessions, a guest's cart, say. Each
   * has the principal's hash tag, `{${principalName(principal)}}`. Those that have an expiry get that of `SessionKeys.sessionsOf()`,
   * a session's idle timeout and a minute after the last session, whenever a session of the principal starts or is prolonged;
   * none gets a shorter one.
   * @defaultValue none
   */
  readonly principalKeys?: (principal: Principal) => readonly string[];
}

/** The session cookie's name and attributes. */
export interface SessionCookieOptions extends Pick<
  CookieOptions,
  'domain' | 'path' | 'partitioned' | 'priority'
> {
  readonly name?: string;
  readonly secure?: boolean;
  readonly sameSite?: 'lax' | 'strict' | 'none';
  /** Milliseconds that the browser keeps the cookie. Unset: until it closes. Redis forgets the session by the two limits. */
  readonly maxAge?: number;
}

/** The cookie with every default filled in. */
export interface ResolvedCookie extends SessionCookieOptions {
  readonly name: string;
  readonly path: string;
  readonly sameSite: 'lax' | 'strict' | 'none';
  readonly secure: boolean;
}

/** The options with every default filled in, and connections to Redis. */
export type ResolvedOptions = Omit<CheckedOptions, 'redis'> & {
  readonly redis: RedisClients;
};

/** The options as they are checked, before a connection is opened. */
export type CheckedOptions = Readonly<
  Required<
    Omit<SharedSessionModuleOptions, 'idleSeconds' | 'absoluteSeconds' | 'cookie' | 'limits'>
  >
> & {
  readonly limits: SessionLimits;
  readonly rateLimits: ResolvedLimits;
  readonly cookie: ResolvedCookie;
  /** The node's name and something random: two nodes of one name are still told apart, as is one before and after a restart. */
  readonly instance: string;
};

const DEFAULT_COOKIE = Object.freeze({
  name: 'sid',
  path: '/',
  sameSite: 'lax',
  secure: false,
} as const);

/** The defaults of the options that have one that is always the same. */
export const DEFAULTS = Object.freeze({
  idleSeconds: 1800,
  absoluteSeconds: 43_200,
  durability: 'master',
  maxSessions: 20,
  whenFull: 'end-oldest',
  allowedOrigins: [],
  prefix: '',
  legacyPrefix: null,
  user: readSessionUser,
  loadUser: null,
  auditGateways: 'strict',
  auditRoutes: 'off',
  sessionFor: 'everything',
  withoutSession: [],
  principalKeys: () => [],
});

/**
 * Fills in the defaults and checks every option. One that is given as `undefined` counts as left out.
 *
 * @throws SharedSessionConfigError naming the first option that cannot work, and what would
 */
export function checkOptions(options: SharedSessionModuleOptions): CheckedOptions {
  const nodeName = `node-${randomBytes(3).toString('hex')}`;
  const defaults = { ...DEFAULTS, nodeName };
  const chosen = { ...defaults, ...given(options) };
  const { idleSeconds, absoluteSeconds, limits: bounds, ...rest } = chosen;
  const rateLimits = bounds === false ? NO_LIMITS : { ...DEFAULT_LIMITS, ...given(bounds ?? {}) };
  const limits = checkedLimits(idleSeconds, absoluteSeconds);
  const cookie = { ...DEFAULT_COOKIE, ...given(rest.cookie ?? {}) };
  const instance = `${rest.nodeName}.${randomBytes(4).toString('hex')}`;
  const resolved: CheckedOptions = { ...rest, limits, rateLimits, cookie, instance };
  assertUsable(resolved);
  return resolved;
}

/** The options that have a value: spread over the defaults, `undefined` would win. */
export function given<T extends object>(
  options: T,
): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  // Object.fromEntries() knows nothing of the names that went in.
  return Object.fromEntries(entries) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}

/** @throws SharedSessionConfigError for limits that are no numbers, or do not fit together */
export function checkedLimits(idleSeconds: number, absoluteSeconds: number): SessionLimits {
  const [idleMs, absoluteMs] = [toMs(idleSeconds), toMs(absoluteSeconds)];
  if (idleMs !== null && absoluteMs !== null && idleMs <= absoluteMs) return { idleMs, absoluteMs };
  throw new SharedSessionConfigError(
    `\`idleSeconds\` (${String(idleSeconds)}) and \`absoluteSeconds\` (${String(absoluteSeconds)}) do not fit: ` +
      'both must be numbers of at least 0.001, and the idle timeout not above the absolute lifetime.',
    ['Leave both out for 1800 and 43200.', 'Raise `absoluteSeconds`, or lower `idleSeconds`.'],
  );
}
