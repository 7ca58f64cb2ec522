import { describe, expect, it } from '@jest/globals';
import {
  createClient,
  createCluster,
  type RedisClientOptions,
  type RedisClientType,
  type RedisClusterType,
} from 'redis';
import { readSessionUser } from './session/session-data.js';
import { SharedSessionConfigError } from './shared-session.errors.js';
import {
  checkOptions,
  type SessionCookieOptions,
  type SharedSessionModuleOptions,
} from './shared-session.options.js';

const client = (options: RedisClientOptions = {}) => createClient(options) as RedisClientType;
// node-redis does not declare it, and passes it on.
const socket = { highWaterMark: 2 ** 26 } as RedisClientOptions['socket'] & object;
const redis = {
  commands: client(),
  publisher: client({ disableOfflineQueue: true }),
  subscriber: client({ socket }),
};
const usable: SharedSessionModuleOptions = {
  redis,
  secrets: ['a secret of some length'],
};

type Optional<T> = { [Key in keyof T]-?: undefined extends T[Key] ? Key : never }[keyof T];
type Undefined<T> = Record<Optional<T>, undefined>;

/** As code passes them that is compiled without exactOptionalPropertyTypes, or not at all. */
const NO_OPTION: Undefined<SharedSessionModuleOptions> = {
  idleSeconds: undefined,
  absoluteSeconds: undefined,
  cookie: undefined,
  allowedOrigins: undefined,
  prefix: undefined,
  legacyPrefix: undefined,
  nodeName: undefined,
  user: undefined,
  loadUser: undefined,
  auditGateways: undefined,
  auditRoutes: undefined,
  maxSessions: undefined,
  whenFull: undefined,
  limits: undefined,
  durability: undefined,
  sessionFor: undefined,
  withoutSession: undefined,
  principalKeys: undefined,
};
const NO_COOKIE_OPTION: Undefined<SessionCookieOptions> = {
  name: undefined,
  secure: undefined,
  sameSite: undefined,
  maxAge: undefined,
  domain: undefined,
  path: undefined,
  partitioned: undefined,
  priority: undefined,
};

describe('checkOptions', () => {
  const defaults = {
    limits: { idleMs: 1_800_000, absoluteMs: 43_200_000 },
    cookie: { name: 'sid', path: '/', sameSite: 'lax', secure: false },
    allowedOrigins: [],
    prefix: '',
    legacyPrefix: null,
    nodeName: expect.stringMatching(/^node-[0-9a-f]{6}$/),
    instance: expect.stringMatching(/^node-[0-9a-f]{6}\.[0-9a-f]{8}$/),
    user: readSessionUser,
    loadUser: null,
    auditGateways: 'strict',
    auditRoutes: 'off',
    maxSessions: 20,
    whenFull: 'end-oldest',
    rateLimits: {
      areOn: true,
      events: { perSecond: 20, burst: 60 },
      socketsOfPrincipal: 50,
      socketsOfAddress: 200,
      handshakes: { perSecond: 10, burst: 50 },
      guests: { limit: 30, seconds: 60 },
    },
    durability: 'master',
    sessionFor: 'everything',
    withoutSession: [],
    principalKeys: expect.any(Function),
    redis: usable.redis,
    secrets: usable.secrets,
  };

  it('fills in the defaults', () => {
    expect(checkOptions(usable)).toStrictEqual(defaults);
  });

  it.each(Object.keys(NO_OPTION))('takes `%s: undefined` for left out', (name) => {
    expect(checkOptions({ ...usable, [name]: undefined })).toStrictEqual(defaults);
  });

  it.each(Object.keys(NO_COOKIE_OPTION))('takes `cookie.%s: undefined` for left out', (name) => {
    const cookie = { [name]: undefined };

    expect(checkOptions({ ...usable, cookie })).toStrictEqual(defaults);
  });

  it('turns off one limit, and keeps the others', () => {
    const { rateLimits } = checkOptions({ ...usable, limits: { events: false } });

    expect(rateLimits).toEqual({ ...defaults.rateLimits, events: false });
  });

  it('turns off all limits at once', () => {
    const { areOn, ...limits } = checkOptions({ ...usable, limits: false }).rateLimits;

    expect(areOn).toBe(false);
    expect(Object.values(limits)).toEqual(Object.values(limits).map(() => false));
  });

  it('makes fractions of seconds whole milliseconds, which is all that Redis takes', () => {
    const { limits } = checkOptions({ ...usable, idleSeconds: 1.0006, absoluteSeconds: 0.3 * 9 });

    expect(limits).toEqual({ idleMs: 1001, absoluteMs: 2700 });
  });

  it.each<[string, Partial<SharedSessionModuleOptions>, string]>([
    ['no secret', { secrets: [] }, 'The first of `secrets`'],
    ['a short secret', { secrets: ['short'] }, '16 characters or more'],
    ['a secret of one character, repeated', { secrets: ['a'.repeat(32)] }, '8 of them different'],
    ['a poor secret in front', { secrets: ['abcdefg'.repeat(9), ...usable.secrets] }, 'guessed'],
    ['an empty secret to verify by', { secrets: [...usable.secrets, ''] }, 'none may be empty'],
    ['no time at all', { idleSeconds: 0 }, '`idleSeconds` (0)'],
    ['a time that rounds to 0 ms', { idleSeconds: 0.0004 }, 'at least 0.001'],
    ['a time that is not a number', { idleSeconds: NaN }, '`idleSeconds` (NaN)'],
    // As untyped code passes a variable.
    ['the text of a number', { idleSeconds: '60' as unknown as number }, '`idleSeconds` (60)'],
    ['idle above absolute', { idleSeconds: 10, absoluteSeconds: 9 }, 'do not fit'],
    ['an endless session', { absoluteSeconds: Infinity }, 'do not fit'],
    ['an origin with a path', { allowedOrigins: ['https://shop.example/'] }, 'not an exact origin'],
    ['a __Host- cookie without Secure', { cookie: { name: '__Host-sid' } }, 'unless it is Secure'],
    ['a path away from the sockets', { cookie: { path: '/api' } }, 'no socket would ever have'],
    ['a path that only looks like theirs', { cookie: { path: '/sock' } }, 'Path=/sock'],
    ['a path that browsers ignore', { cookie: { path: '' } }, 'not sent to /socket.io/'],
    [
      'a place that there is not',
      { sessionFor: 'files' as unknown as 'routes' },
      '`sessionFor` is "files"',
    ],
    ['no session at all', { maxSessions: 0 }, '`maxSessions` is 0'],
    ['half a session', { maxSessions: 1.5 }, 'a whole number'],
    ['a durability that there is not', { durability: 'all' as 'replica' }, '`durability` is "all"'],
    ['a rate of nothing', { limits: { events: { perSecond: 0, burst: 1 } } }, '`limits.events`'],
    [
      'half a token',
      { limits: { handshakes: { perSecond: 1, burst: 1.5 } } },
      '`limits.handshakes`',
    ],
    ['a window of no time', { limits: { guests: { limit: 1, seconds: 0 } } }, '`limits.guests`'],
    ['no socket of a user’s', { limits: { socketsOfPrincipal: 0 } }, '`limits.socketsOfPrincipal`'],
    ['no socket of an address', { limits: { socketsOfAddress: 0 } }, '`limits.socketsOfAddress`'],
    ['a choice that there is not', { whenFull: 'wait' as 'refuse' }, '`whenFull` is "wait"'],
    ['a path without a slash', { withoutSession: ['health/live'] }, '"health/live"'],
    ['a wildcard without a name', { withoutSession: ['/assets/*'] }, 'give wildcards a name'],
    ['an empty address of Redis', { redis: '' }, 'not the address of a Redis'],
    ['an address of something else', { redis: 'http://127.0.0.1:6379' }, 'not the address'],
    ['an address without a scheme', { redis: '127.0.0.1:6379' }, 'redis://host:6379'],
    ['a key of the principal’s elsewhere', { principalKeys: () => ['cart:42'] }, '"cart:42"'],
    [
      'a hash tag in front of the principal’s',
      { principalKeys: ({ id }) => [`{shop}:cart:{user:${id}}`] },
      'hash tag "{user:an-id}" in front',
    ],
    // As untyped code may still have it.
    [
      'an audit that is only on',
      { auditRoutes: true as unknown as 'off' },
      '`auditRoutes` is true',
    ],
    ['an audit of no known mode', { auditGateways: 'on' as 'off' }, '"strict", "warn", "off"'],
    ['SameSite=None without Secure', { cookie: { sameSite: 'none' } }, 'not Secure'],
  ])('refuses %s, and says what would do', (_, wrong, what) => {
    const resolve = () => checkOptions({ ...usable, ...wrong });

    expect(resolve).toThrow(SharedSessionConfigError);
    expect(resolve).toThrow(what);
    expect(resolve).toThrow(/You may either:\n {2}1\. /);
  });

  it('takes any secret that only verifies: it has signed cookies that live on', () => {
    const secrets = [...usable.secrets, 'short'];

    expect(checkOptions({ ...usable, secrets }).secrets).toEqual(secrets);
  });

  it.each(['/', '/socket.io', '/socket.io/'])('takes the cookie path %s', (path) => {
    expect(checkOptions({ ...usable, cookie: { path } }).cookie.path).toBe(path);
  });

  it.each([
    ['a publisher that queues', { publisher: client() }, 'keep broadcasts back'],
    [
      'a subscriber that does not queue',
      { subscriber: client({ disableOfflineQueue: true, socket }) },
      'lose the rooms',
    ],
    ['a subscriber that stops at 16 KB', { subscriber: client() }, 'subscribe to many rooms again'],
  ])('refuses %s', (_, wrong, what) => {
    const clients = { ...redis, ...wrong };

    expect(() => checkOptions({ ...usable, redis: clients })).toThrow(what);
  });

  it('refuses clients of ioredis by name, and says what to do', () => {
    // As its clients look from outside.
    const foreign = { status: 'ready', call: () => undefined } as unknown as RedisClientType;
    const check = () => checkOptions({ ...usable, redis: { ...redis, commands: foreign } });

    expect(check).toThrow('`redis.commands` is no client of node-redis: those of ioredis');
    expect(check).toThrow('ioredis may go on beside them');
  });

  it('takes clients of a Cluster, whose options are those of each connection', () => {
    const cluster = (defaults: RedisClientOptions) =>
      createCluster({
        rootNodes: [{}],
        defaults,
      }) as unknown as RedisClusterType;
    const publisher = cluster({ disableOfflineQueue: true });
    const clients = { commands: cluster({}), publisher, subscriber: cluster({ socket }) };

    expect(checkOptions({ ...usable, redis: clients }).redis).toBe(clients);
    expect(() =>
      checkOptions({ ...usable, redis: { ...clients, publisher: cluster({}) } }),
    ).toThrow('keep broadcasts back');
  });

  it('refuses one client in two roles', () => {
    const { commands, publisher } = redis;
    const clients = { commands, publisher, subscriber: commands };

    expect(() => checkOptions({ ...usable, redis: clients })).toThrow(
      '`redis` needs three clients',
    );
  });
});
