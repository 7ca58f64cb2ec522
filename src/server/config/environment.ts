import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import {
  isRedisAddress,
  type LimitOptions,
  type RedisAddress,
} from '../../shared-session/index.js';
import { isMisspelling } from './misspelling.js';

/** One node's settings, parsed once at start. README lists the variables. */
export interface Environment {
  readonly production: boolean;
  readonly port: number;
  readonly host: string;
  /** Undefined: metrics are not measured. */
  readonly metricsPort: number | undefined;
  /** Unset: embedded Valkey, whose data is gone at exit. Never unset in production. */
  readonly redisUrl: RedisAddress | undefined;
  readonly redisPrefix: string;
  /** Where what is acknowledged must be. */
  readonly redisDurability: 'master' | 'replica';
  /** Newest first: the first signs, all verify. */
  readonly sessionSecrets: readonly string[];
  readonly sessionIdleSeconds: number;
  readonly sessionAbsoluteSeconds: number;
  readonly allowedOrigins: readonly string[];
  /** What the `Host` of a request may be; none: anything. */
  readonly allowedHosts: readonly string[];
  /** Express's `trust proxy` setting. */
  readonly trustProxy: boolean | number | string;
  readonly nodeName: string;
  readonly logLevel: LogLevel;
  readonly demoAccounts: boolean;
  /** What users, guests and addresses may do how often. */
  readonly rateLimits: LimitOptions | false;
  /** The identity provider where users may log in, and this server as its client. */
  readonly provider: ProviderEnvironment | undefined;
}

interface ProviderEnvironment {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

/** From the gravest on. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A variable is malformed, or a needed one is missing. Names the variable, its value's problem and the cure. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(problems: readonly string[]) {
    super(['The environment is not usable:', ...problems.map((line) => `  - ${line}`)].join('\n'));
  }
}

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);

const list = (item: z.ZodType<string, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1));

const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text);

const host = z
  .string()
  .toLowerCase()
  .refine((text) => URL.canParse(`http://${text}`) && hostOf(`http://${text}`) === text);

const redisUrl = z.string().refine((text) => isRedisAddress(text));

/** HTTPS, or HTTP on this machine. */
const secureUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
});

const onOff = z.enum(['on', 'off']).transform((text) => text === 'on');

const trustProxy = z
  .string()
  .min(1)
  .refine((text) => /^(on|off|true|false|\d+)$/.test(text) || text.split(',').every(isProxy))
  .transform((text) => {
    if (/^\d+$/.test(text)) return Number(text);
    return /^(on|off|true|false)$/.test(text) ? text === 'on' || text === 'true' : text;
  });

function hostOf(url: string): string {
  return new URL(url).hostname;
}

/** An address, a subnet, or one of Express's names for some. */
function isProxy(text: string): boolean {
  const [address = '', bits = '0', ...rest] = text.trim().split('/');
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text.trim())) return true;
  return isIP(address) > 0 && /^\d{1,3}$/.test(bits) && rest.length === 0;
}

interface Variable<T> {
  readonly schema: z.ZodType<T, string>;
  readonly shouldBe: string;
  /** The value is a secret: a message may say what is wrong with it, never what it is. */
  readonly secret?: true;
}

const variable = <T>(schema: z.ZodType<T, string>, shouldBe: string): Variable<T> => ({
  schema,
  shouldBe,
});

const VARIABLES = {
  PORT: variable(wholeNumber(0, 65535), 'a port number, 0 to 65535 (0 picks a free one)'),
  HOST: variable(z.string().min(1), 'an address to listen on, such as 127.0.0.1 or 0.0.0.0'),
  METRICS_PORT: variable(wholeNumber(0, 65535), 'a port number, 0 to 65535 (0 picks a free one)'),
  REDIS_URL: {
    ...variable(
      redisUrl,
      'an address of Redis: redis://…, rediss://…, redis+cluster://… or redis+sentinel://…/name',
    ),
    secret: true,
  },
  REDIS_PREFIX: variable(
    z.string().regex(/^[\w:.-]*$/),
    'letters, digits, and the characters _ : . -',
  ),
  REDIS_DURABILITY: variable(z.enum(['master', 'replica']), 'master or replica'),
  SESSION_SECRET: {
    ...variable(
      list(z.string().refine((text) => text.length >= 16 && new Set(text).size >= 8)),
      'one or more secrets of at least 16 characters, 8 of them different, comma-separated, newest first',
    ),
    secret: true,
  },
  SESSION_IDLE_SECONDS: variable(wholeNumber(1, 2_592_000), 'whole seconds, 1 to 2592000'),
  SESSION_ABSOLUTE_SECONDS: variable(wholeNumber(1, 31_536_000), 'whole seconds, 1 to 31536000'),
  ALLOWED_ORIGINS: variable(
    list(origin),
    'exact origins such as https://shop.example, comma-separated, without a path or slash at the end',
  ),
  ALLOWED_HOSTS: variable(
    list(host),
    'names or addresses such as shop.example or [::1], comma-separated, without a scheme and a port',
  ),
  TRUST_PROXY: variable(
    trustProxy,
    "off, on, a number of hops, or addresses as in Express's trust proxy setting",
  ),
  NODE_NAME: variable(z.string().regex(/^[\w.-]{1,64}$/), '1 to 64 letters, digits, _ . or -'),
  LOG_LEVEL: variable(z.enum(LOG_LEVELS), `one of ${LOG_LEVELS.join(', ')}`),
  DEMO_ACCOUNTS: variable(onOff, 'on or off'),
  OIDC_ISSUER: variable(
    secureUrl,
    'an address with https://, exactly as the identity provider calls itself',
  ),
  OIDC_CLIENT_ID: variable(z.string().min(1), 'the id of this server at the identity provider'),
  OIDC_CLIENT_SECRET: {
    ...variable(z.string().min(1), 'the secret of this server at the identity provider'),
    secret: true,
  },
  OIDC_REDIRECT_URI: variable(
    secureUrl.refine((text) => new URL(text).pathname === '/auth/oidc/callback'),
    'the address of /auth/oidc/callback with https://, as it is registered at the identity provider',
  ),
  RATE_LIMITS: variable(onOff, 'on or off'),
  NODE_ENV: variable(
    z.enum(['production', 'development', 'test']),
    'production, development or test',
  ),
} satisfies Record<string, Variable<unknown>>;

/** One letter away from these there are words and other programs' variables: POST, SORT, LOGLEVEL. */
const COMMONPLACE = ['PORT', 'HOST', 'LOG_LEVEL'];

type VariableName = keyof typeof VARIABLES;
/** What README and `.env.example` must tell of. */
export const VARIABLE_NAMES = Object.keys(VARIABLES);
type Value<Name extends VariableName> = z.output<(typeof VARIABLES)[Name]['schema']>;

/**
 * Reads and validates the environment.
 *
 * @param source the variables, normally `process.env`; an empty string counts as unset
 * @throws EnvironmentError naming every variable that is malformed or missing, all at once
 */
export function readEnvironment(source: NodeJS.ProcessEnv): Environment {
  const problems: string[] = [];

  const read = reader(source, problems);
  const production = read('NODE_ENV') === 'production';
  const sessionSecrets = read('SESSION_SECRET');
  const allowedOrigins = read('ALLOWED_ORIGINS') ?? [];
  // Who lists origins has listed the names of this server too, or else no page of theirs would reach it.
  const knownHosts = production ? allowedOrigins.map(hostOf) : [];
  if (production) problems.push(...missingInProduction(source));

  const environment: Environment = {
    production,
    port: read('PORT') ?? 3000,
    host: read('HOST') ?? '127.0.0.1',
    metricsPort: read('METRICS_PORT'),
    redisUrl: read('REDIS_URL'),
    redisPrefix: read('REDIS_PREFIX') ?? '',
    redisDurability: read('REDIS_DURABILITY') ?? 'master',
    sessionSecrets: sessionSecrets ?? [randomBytes(32).toString('base64url')],
    sessionIdleSeconds: read('SESSION_IDLE_SECONDS') ?? 1800,
    sessionAbsoluteSeconds: read('SESSION_ABSOLUTE_SECONDS') ?? 43_200,
    allowedOrigins,
    allowedHosts: read('ALLOWED_HOSTS') ?? knownHosts,
    trustProxy: read('TRUST_PROXY') ?? false,
    nodeName: read('NODE_NAME') ?? `node-${randomBytes(3).toString('hex')}`,
    logLevel: read('LOG_LEVEL') ?? 'info',
    demoAccounts: read('DEMO_ACCOUNTS') ?? !production,
    provider: readProvider(read, problems),
    rateLimits: read('RATE_LIMITS') === false ? false : {},
  };
  problems.push(...misspeltVariables(source));
  if (environment.sessionIdleSeconds > environment.sessionAbsoluteSeconds) {
    problems.push(
      `SESSION_IDLE_SECONDS was "${String(environment.sessionIdleSeconds)}"; it should not be above ` +
        `SESSION_ABSOLUTE_SECONDS (${String(environment.sessionAbsoluteSeconds)}).`,
    );
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return environment;
}

/** All of the identity provider's variables or none: half of them would be a login that fails. */
function readProvider(
  read: ReturnType<typeof reader>,
  problems: string[],
): ProviderEnvironment | undefined {
  const before = problems.length;
  const names = [
    'OIDC_ISSUER',
    'OIDC_CLIENT_ID',
    'OIDC_CLIENT_SECRET',
    'OIDC_REDIRECT_URI',
  ] as const;
  const values = names.map((name) => read(name));
  const missing = names.filter((_, index) => values[index] === undefined);
  if (missing.length === names.length || problems.length > before) return undefined;
  problems.push(
    ...missing.map(
      (name) =>
        `${name} is not set; beside the others of OIDC_… it should be ${VARIABLES[name].shouldBe}.`,
    ),
  );
  const [issuer = '', clientId = '', clientSecret = '', redirectUri = ''] = values;
  return { issuer, clientId, clientSecret, redirectUri };
}

/** What has a default that is of no use in production: sessions that are gone when the node restarts. */
function missingInProduction(source: NodeJS.ProcessEnv): string[] {
  const needed = ['SESSION_SECRET', 'REDIS_URL'] as const;
  return needed
    .filter((name) => !source[name])
    .map((name) => `${name} is not set; in production it should be ${VARIABLES[name].shouldBe}.`);
}

/** Reads one variable at a time; what is wrong with it goes to `problems`, so that all are told at once. */
function reader(source: NodeJS.ProcessEnv, problems: string[]) {
  return function read<Name extends VariableName>(name: Name): Value<Name> | undefined {
    const text = source[name];
    if (text === undefined || text === '') return undefined;
    const { schema, shouldBe, secret }: Variable<unknown> = VARIABLES[name];
    const result = schema.safeParse(text);
    if (result.success) return result.data as Value<Name>;
    const was = secret ? 'is malformed (its value is kept out of this message)' : `was "${text}"`;
    problems.push(`${name} ${was}; it should be ${shouldBe}.`);
    return undefined;
  };
}

/**
 * A misspelt variable would otherwise be a default that nobody chose. Only near misspellings count:
 * other programs' variables begin with the same words, such as a desktop's SESSION_MANAGER and
 * the REDIS_PORT that Kubernetes sets. Where the variable meant is set as well, nobody misses it: platforms
 * set REDIS_URI beside REDIS_URL.
 */
function misspeltVariables(source: NodeJS.ProcessEnv): string[] {
  const unset = VARIABLE_NAMES.filter((name) => !COMMONPLACE.includes(name) && !source[name]);
  return Object.keys(source).flatMap((name) =>
    unset
      .filter((meant) => isMisspelling(name, meant))
      .map((meant) => `${name} is not a variable of this server; did you mean ${meant}?`),
  );
}
