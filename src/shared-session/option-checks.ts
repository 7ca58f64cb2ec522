import { match } from 'path-to-regexp';
import { AUDIT_MODES } from './access/audit-findings.js';
import { isRate, isWindow } from './limits/rate.js';
import type { ResolvedLimits } from './limits/limit-options.js';
import { PRINCIPAL_KINDS, principalName } from './session/principal.js';
import { SharedSessionConfigError } from './shared-session.errors.js';
import type { CheckedOptions, ResolvedCookie } from './shared-session.options.js';
import { asCluster, asSentinel, isNodeRedis } from './redis/client-kind.js';
import { isAddress, type RedisAddress } from './redis/open-redis-clients.js';
import { parseRedisAddress } from './redis/redis-address.js';
import type { OwnRedisClients } from './redis/redis-clients.js';

/** Enough for about 200,000 rooms. */
const LEAST_HIGH_WATER_MARK = 2 ** 24;

/** Where what is acknowledged must be. */
export const DURABILITIES = ['master', 'replica'];

/** Socket.IO's own path, where the library's gateway listens. */
const SOCKET_PATH = '/socket.io/';

/** @throws SharedSessionConfigError naming the first option that cannot work, and what would */
export function assertUsable(options: CheckedOptions): void {
  checkSecrets(options.secrets);
  checkOrigins(options.allowedOrigins);
  checkCookie(options.cookie);
  checkPrefix(options.prefix);
  checkMaxSessions(options.maxSessions);
  checkLimits(options.rateLimits);
  checkChoice('durability', options.durability, DURABILITIES);
  checkChoice('whenFull', options.whenFull, ['end-oldest', 'refuse']);
  checkChoice('sessionFor', options.sessionFor, ['everything', 'routes']);
  checkPaths(options.withoutSession);
  checkPrincipalKeys(options.principalKeys);
  checkChoice('auditGateways', options.auditGateways, AUDIT_MODES);
  checkChoice('auditRoutes', options.auditRoutes, AUDIT_MODES);
  if (isAddress(options.redis)) checkAddress(options.redis);
  else checkClients(options.redis);
}

function checkSecrets(secrets: readonly string[]): void {
  const [signing = '', ...verifying] = secrets;
  if (isHardToGuess(signing) && !verifying.includes('')) return;
  throw new SharedSessionConfigError(
    'The first of `secrets` needs 16 characters or more, 8 of them different, or it can be guessed; none may be empty.',
    [
      'Put a random value in front, for example from `openssl rand -base64 32`.',
      'Keep an older one behind it until its cookies have expired.',
    ],
  );
}

/** Whoever guesses a secret signs cookies with it. A random one of 16 hex digits practically always has 8 different. */
function isHardToGuess(secret: string): boolean {
  return secret.length >= 16 && new Set(secret).size >= 8;
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

/** @throws SharedSessionConfigError for a prefix that would break the hash tags behind it */
export function checkPrefix(prefix: string): void {
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

function checkMaxSessions(count: number): void {
  if (Number.isSafeInteger(count) && count >= 1) return;
  throw new SharedSessionConfigError(
    `\`maxSessions\` is ${String(count)}: a user needs one at least.`,
    ['Set a whole number, or leave it out for 20.'],
  );
}

function checkLimits(limits: ResolvedLimits): void {
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 1;
  const { events, handshakes, guests, socketsOfPrincipal, socketsOfAddress } = limits;
  const rate = 'such as { perSecond: 20, burst: 60 }, `burst` a whole number';
  const count = 'a whole number of 1 or more';
  const wrong = [
    { name: 'events', is: rate, fits: events === false || isRate(events) },
    { name: 'handshakes', is: rate, fits: handshakes === false || isRate(handshakes) },
    {
      name: 'guests',
      is: 'such as { limit: 30, seconds: 60 }, in whole numbers',
      fits: guests === false || isWindow(guests),
    },
    {
      name: 'socketsOfPrincipal',
      is: count,
      fits: socketsOfPrincipal === false || isCount(socketsOfPrincipal),
    },
    {
      name: 'socketsOfAddress',
      is: count,
      fits: socketsOfAddress === false || isCount(socketsOfAddress),
    },
  ].find(({ fits }) => !fits);
  if (!wrong) return;
  throw new SharedSessionConfigError(
    `\`limits.${wrong.name}\` is no limit that could be kept; it should be ${wrong.is}.`,
    ['Leave it out for its default.', `Turn it off: \`limits: { ${wrong.name}: false }\`.`],
  );
}

export function checkChoice(option: string, choice: string, choices: readonly string[]): void {
  if (choices.includes(choice)) return;
  throw new SharedSessionConfigError(
    `\`${option}\` is ${JSON.stringify(choice)}, which is not one of "${choices.join('", "')}".`,
    ['Set it to one of these, or leave it out.'],
  );
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

/**
 * The address may have a password in it: it is not repeated.
 *
 * @throws SharedSessionConfigError for what is no address
 */
export function checkAddress(redis: RedisAddress): void {
  const isText = typeof redis === 'string' || Array.isArray(redis);
  if (isText ? parseRedisAddress(redis as string) : 'cluster' in redis || 'sentinel' in redis)
    return;
  throw new SharedSessionConfigError('`redis` is a text, but not the address of a Redis.', [
    'Write it as "redis://host:6379", or "rediss://…" with TLS.',
    'A Cluster is "redis+cluster://host:6379,host:6379"; a master that Sentinel elects, "redis+sentinel://host:26379,host:26379/name".',
    'Check that the variable is set that it comes from.',
  ]);
}

function checkClients(redis: OwnRedisClients): void {
  const foreign = Object.entries(redis).find(([, client]) => !isNodeRedis(client));
  if (foreign) {
    throw new SharedSessionConfigError(
      `\`redis.${foreign[0]}\` is no client of node-redis: those of ioredis and others answer in other ways.`,
      [
        'Leave out the clients, and give the address of Redis.',
        'Make them with `createClient()`, `createCluster()` or `createSentinel()` of the package redis; ioredis may go on beside them.',
      ],
    );
  }
  if (new Set(Object.values(redis)).size < 3) {
    throw new SharedSessionConfigError(
      '`redis` needs three clients: one that subscribes can neither wait behind commands nor hold them up.',
      ['Make them with `client.duplicate()`.'],
    );
  }
  const publisher = connectionOptions(redis.publisher);
  const subscriber = connectionOptions(redis.subscriber);
  if (publisher && !publisher.disableOfflineQueue) {
    throw new SharedSessionConfigError(
      '`redis.publisher` would keep broadcasts back while Redis is away, and send them late.',
      ['Create it with `disableOfflineQueue: true`.'],
    );
  }
  if (subscriber?.disableOfflineQueue) {
    throw new SharedSessionConfigError(
      '`redis.subscriber` would lose the rooms that are joined while Redis is away.',
      ['Create it without `disableOfflineQueue`.'],
    );
  }
  if (subscriber) checkResubscription(subscriber);
}

interface ConnectionOptions {
  readonly disableOfflineQueue?: boolean | undefined;
  readonly socket?: object | undefined;
}

/** Those of each connection of a client; node-redis does not tell them of one of Sentinel. */
export function connectionOptions(
  client: OwnRedisClients[keyof OwnRedisClients],
): ConnectionOptions | undefined {
  if (asSentinel(client)) return undefined;
  const cluster = asCluster(client);
  if (!cluster) return (client as unknown as { options: ConnectionOptions }).options;
  const { _options } = cluster as unknown as { _options: { defaults?: ConnectionOptions } };
  return _options.defaults ?? {};
}

/**
 * node-redis 6.3 subscribes again after a reconnection before it is ready, and before it is ready it
 * does not go on after the stream's high-water mark: beyond some 180 rooms, 16 KB, it would connect
 * and time out for ever.
 */
function checkResubscription({ socket }: ConnectionOptions): void {
  // Passed on to net.connect() or tls.connect(); node-redis does not declare it.
  const { highWaterMark = 0 } = (socket ?? {}) as { highWaterMark?: number };
  if (highWaterMark >= LEAST_HIGH_WATER_MARK) return;
  throw new SharedSessionConfigError(
    '`redis.subscriber` could not subscribe to many rooms again after a lost connection.',
    ['Create it with `socket: { highWaterMark: 2 ** 26 }`.'],
  );
}
