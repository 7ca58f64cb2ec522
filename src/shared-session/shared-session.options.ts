import { randomBytes } from 'node:crypto';
import type { CookieOptions } from 'express-session';
import { match } from 'path-to-regexp';
import type { RedisClientType } from 'redis';
import { AUDIT_MODES, type AuditMode } from './access/audit-findings.js';
import { PRINCIPAL_KINDS, type Principal, principalName } from './session/principal.js';
import type { LoadUser } from './session/load-user.js';
import { readSessionUser, type ReadUser } from './session/session-data.js';
import type { SessionLimits } from './session/session-lifetime.js';
import { SharedSessionConfigError } from './shared-session.errors.js';
import type { RedisClients } from './store/redis-clients.js';

/** Options of `SharedSessionModule.forRoot()`, validated at boot. */
export interface SharedSessionModuleOptions {
  /**
   * Address of Redis, such as `redis://127.0.0.1:6379`: the module opens its connections to it, and closes them when the
   * application is closed. Or three connected node-redis clients, as `openRedisClients()` makes them: whoever opened
   * them closes them after Nest has shut down.
   */
  readonly redis: string | RedisClients;
  /** Secrets of at least 16 characters, 8 of them different, that sign the session cookie: the first signs, all verify. */
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
   * the idle timeout and a minute after the last session, whenever a session of the principal starts or is prolonged;
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
  Required<Omit<SharedSessionModuleOptions, 'idleSeconds' | 'absoluteSeconds' | 'cookie'>>
> & {
  readonly limits: SessionLimits;
  readonly cookie: ResolvedCookie;
  /** The node's name and something random: two nodes of one name are still told apart, as is one before and after a restart. */
  readonly instance: string;
};

/** Enough for about 200,000 rooms. */
const LEAST_HIGH_WATER_MARK = 2 ** 24;

/** Socket.IO's own path, where the library's gateway listens. */
const SOCKET_PATH = '/socket.io/';

const DEFAULT_COOKIE = Object.freeze({
  name: 'sid',
  path: '/',
  sameSite: 'lax',
  secure: false,
} as const);

const DEFAULTS = Object.freeze({
  idleSeconds: 1800,
  absoluteSeconds: 43_200,
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
  const { idleSeconds, absoluteSeconds, ...rest } = { ...defaults, ...given(options) };
  const limits = limitsOf(idleSeconds, absoluteSeconds);
  const cookie = { ...DEFAULT_COOKIE, ...given(rest.cookie ?? {}) };
  const instance = `${rest.nodeName}.${randomBytes(4).toString('hex')}`;
  const resolved: CheckedOptions = { ...rest, limits, cookie, instance };
  checkSecrets(resolved.secrets);
  checkOrigins(resolved.allowedOrigins);
  checkCookie(resolved.cookie);
  checkPrefix(resolved.prefix);
  checkSessionFor(resolved.sessionFor);
  checkPaths(resolved.withoutSession);
  checkPrincipalKeys(resolved.principalKeys);
  checkAudit('auditGateways', resolved.auditGateways);
  checkAudit('auditRoutes', resolved.auditRoutes);
  if (typeof resolved.redis === 'string') checkAddress(resolved.redis);
  else checkClients(resolved.redis);
  return resolved;
}

/** The options that have a value: spread over the defaults, `undefined` would win. */
function given<T extends object>(options: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  // Object.fromEntries() knows nothing of the names that went in.
  return Object.fromEntries(entries) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}

function checkSecrets(secrets: readonly string[]): void {
  if (secrets.length > 0 && secrets.every(isHardToGuess)) return;
  throw new SharedSessionConfigError(
    '`secrets` needs at least one secret, each of 16 characters or more, 8 of them different; others can be guessed.',
    ['Set `secrets` to a random value, for example from `openssl rand -base64 32`.'],
  );
}

/** Whoever guesses a secret signs cookies with it. A random one of 16 hex digits practically always has 8 different. */
function isHardToGuess(secret: string): boolean {
  return secret.length >= 16 && new Set(secret).size >= 8;
}

function limitsOf(idleSeconds: number, absoluteSeconds: number): SessionLimits {
  // Redis takes whole milliseconds only.
  const [idleMs, absoluteMs] = [wholeMs(idleSeconds), wholeMs(absoluteSeconds)];
  const usable = idleMs >= 1 && absoluteMs >= idleMs && Number.isSafeInteger(absoluteMs);
  if (usable) return { idleMs, absoluteMs };
  throw new SharedSessionConfigError(
    `\`idleSeconds\` (${String(idleSeconds)}) and \`absoluteSeconds\` (${String(absoluteSeconds)}) do not fit: ` +
      'both must be numbers of at least 0.001, and the idle timeout not above the absolute lifetime.',
    ['Leave both out for 1800 and 43200.', 'Raise `absoluteSeconds`, or lower `idleSeconds`.'],
  );
}

/** NaN for whatever is not a number: untyped code may pass the text of a variable. */
function wholeMs(seconds: unknown): number {
  return typeof seconds === 'number' ? Math.round(seconds * 1000) : NaN;
}

function checkOrigins(origins: readonly string[]): void {
  const wrong = origins.find((text) => !URL.canParse(text) || new URL(text).origin !== text);
  if (wrong === undefined) return;
  throw new SharedSessionConfigError(
    `\`allowedOrigins\` has "${wrong}", which is not an exact origin: it would never match.`,
    [
      'Write scheme, host and port only, such as "https://shop.example", without a slash at the end.',
    ],
  );
}

function checkPrefix(prefix: string): void {
  if (!/[{}]/.test(prefix)) return;
  throw new SharedSessionConfigError(
    `\`prefix\` is "${prefix}": braces in it would take the place of the keys' own hash tags.`,
    ['Leave the braces out.'],
  );
}

/** A script that touches two hash tags would fail in a Cluster, and with it every sign-in. */
function checkPrincipalKeys(keysOf: CheckedOptions['principalKeys']): void {
  for (const kind of PRINCIPAL_KINDS) {
    const principal = { kind, id: 'an-id' };
    const tag = `{${principalName(principal)}}`;
    const wrong = keysOf(principal).find((key) => /\{.*?\}/.exec(key)?.[0] !== tag);
    if (wrong === undefined) continue;
    throw new SharedSessionConfigError(
      `\`principalKeys\` names "${wrong}" for ${principalName(principal)}: it is not kept with the principal's sessions.`,
      [`Name keys with the hash tag "${tag}" in front of all other braces.`],
    );
  }
}

function checkSessionFor(what: string): void {
  if (what === 'everything' || what === 'routes') return;
  throw new SharedSessionConfigError(`\`sessionFor\` is "${what}".`, [
    'Set it to "everything" or "routes", or leave it out.',
  ]);
}

function checkPaths(paths: readonly string[]): void {
  for (const path of paths) {
    if (path.startsWith('/') && isPattern(path)) continue;
    throw new SharedSessionConfigError(
      `\`withoutSession\` has "${path}", which is no path of this server's.`,
      ['Begin it with a slash, and give wildcards a name: "/assets/*path".'],
    );
  }
}

function isPattern(path: string): boolean {
  try {
    match(path);
    return true;
  } catch {
    return false;
  }
}

function checkAudit(option: string, mode: AuditMode): void {
  if (AUDIT_MODES.includes(mode)) return;
  throw new SharedSessionConfigError(
    `\`${option}\` is ${JSON.stringify(mode)}, which is not one of "${AUDIT_MODES.join('", "')}".`,
    [
      'Set "strict" for a start that fails at whatever nobody decided about.',
      'Set "warn" to be told in the log, or "off".',
    ],
  );
}

function checkCookie({ name, secure, domain, path, sameSite }: ResolvedCookie): void {
  if (name.startsWith('__Host-') && (!secure || domain !== undefined || path !== '/')) {
    throw new SharedSessionConfigError(
      `Browsers refuse the cookie "${name}" unless it is Secure, has Path=/ and no Domain (RFC 6265bis).`,
      ['Set `cookie.secure` and leave out `domain` and `path`.', 'Choose another `cookie.name`.'],
    );
  }
  if (!isSentTo(SOCKET_PATH, path)) {
    throw new SharedSessionConfigError(
      `A cookie with Path=${path} is not sent to ${SOCKET_PATH}, so no socket would ever have a session.`,
      ['Leave out `cookie.path` for "/".'],
    );
  }
  if (sameSite === 'none' && !secure) {
    throw new SharedSessionConfigError(
      'Browsers refuse a cookie with SameSite=None that is not Secure.',
      ['Set `cookie.secure`.', 'Use `sameSite: "lax"`.'],
    );
  }
}

/** Whether browsers send a cookie of this path to a request's path (RFC 6265, 5.1.4). */
function isSentTo(requestPath: string, cookiePath: string): boolean {
  const folder = cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`;
  return cookiePath.startsWith('/') && requestPath.startsWith(folder);
}

/** The address may have a password in it: it is not repeated. */
function checkAddress(url: string): void {
  if (/^rediss?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) return;
  throw new SharedSessionConfigError('`redis` is a text, but not the address of a Redis.', [
    'Write it as "redis://host:6379", or "rediss://…" with TLS.',
    'Check that the variable is set that it comes from.',
  ]);
}

function checkClients(redis: RedisClients): void {
  if (new Set(Object.values(redis)).size < 3) {
    throw new SharedSessionConfigError(
      '`redis` needs three clients: one that subscribes can neither wait behind commands nor hold them up.',
      ['Make them with `client.duplicate()`.'],
    );
  }
  const { publisher, subscriber } = redis;
  if (!publisher.options.disableOfflineQueue) {
    throw new SharedSessionConfigError(
      '`redis.publisher` would keep broadcasts back while Redis is away, and send them late.',
      ['Create it with `disableOfflineQueue: true`.'],
    );
  }
  if (subscriber.options.disableOfflineQueue) {
    throw new SharedSessionConfigError(
      '`redis.subscriber` would lose the rooms that are joined while Redis is away.',
      ['Create it without `disableOfflineQueue`.'],
    );
  }
  checkResubscription(subscriber);
}

/**
 * node-redis 6.3 subscribes again after a reconnection before it is ready, and before it is ready it
 * does not go on after the stream's high-water mark: beyond some 180 rooms, 16 KB, it would connect
 * and time out for ever.
 */
function checkResubscription({ options }: RedisClientType): void {
  // Passed on to net.connect() or tls.connect(); node-redis does not declare it.
  const { highWaterMark = 0 } = (options.socket ?? {}) as { highWaterMark?: number };
  if (highWaterMark >= LEAST_HIGH_WATER_MARK) return;
  throw new SharedSessionConfigError(
    '`redis.subscriber` could not subscribe to many rooms again after a lost connection.',
    ['Create it with `socket: { highWaterMark: 2 ** 26 }`.'],
  );
}
