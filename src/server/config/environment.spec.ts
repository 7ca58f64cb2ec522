import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { EnvironmentError, readEnvironment, VARIABLE_NAMES } from './environment.js';

const problemsOf = (source: NodeJS.ProcessEnv): string => {
  try {
    readEnvironment(source);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
  throw new Error('The environment was accepted.');
};

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ_'.split('');

/** Every name that a letter too many, a missing, a wrong one or two swapped ones make of a name. */
function slipsOf(name: string): string[] {
  const slips = `${name} `.split('').flatMap((_, at) => {
    const [before, letter = '', after] = [name.slice(0, at), name[at], name.slice(at + 1)];
    const swapped = `${before}${after.slice(0, 1)}${letter}${after.slice(1)}`;
    const inserted = LETTERS.map((each) => `${before}${each}${letter}${after}`);
    const replaced = LETTERS.map((each) => `${before}${each}${after}`);
    return [before + after, swapped, ...inserted, ...replaced];
  });
  return slips.filter((slip) => slip !== name);
}

const PROVIDER = {
  OIDC_ISSUER: 'https://login.example/realms/shop',
  OIDC_CLIENT_ID: 'shop',
  OIDC_CLIENT_SECRET: 'a secret of the client',
  OIDC_REDIRECT_URI: 'https://shop.example/auth/oidc/callback',
};

describe('readEnvironment', () => {
  it.each(Object.keys(PROVIDER))('names %s where it is missing among its like', (name) => {
    expect(problemsOf({ ...PROVIDER, [name]: '' })).toContain(
      `${name} is not set; beside the others`,
    );
  });

  it('has a default for every variable outside production', () => {
    expect(readEnvironment({})).toMatchObject({
      production: false,
      port: 3000,
      host: '127.0.0.1',
      metricsPort: undefined,
      redisUrl: undefined,
      redisPrefix: '',
      redisDurability: 'master',
      sessionIdleSeconds: 1800,
      sessionAbsoluteSeconds: 43_200,
      allowedOrigins: [],
      allowedHosts: [],
      trustProxy: false,
      logLevel: 'info',
      demoAccounts: true,
      provider: undefined,
      rateLimits: {},
    });
  });

  it('reads every variable', () => {
    const environment = readEnvironment({
      NODE_ENV: 'production',
      PORT: '8080',
      HOST: '0.0.0.0',
      METRICS_PORT: '9464',
      REDIS_URL: 'rediss://cache.example:6380',
      REDIS_PREFIX: 'shop:',
      REDIS_DURABILITY: 'replica',
      SESSION_SECRET: 'a-new-secret-of-some-length, an-old-secret-of-some-length',
      SESSION_IDLE_SECONDS: '60',
      SESSION_ABSOLUTE_SECONDS: '3600',
      ALLOWED_ORIGINS: 'https://shop.example,https://admin.example:8443',
      ALLOWED_HOSTS: 'Shop.example, 10.0.0.1, [::1]',
      TRUST_PROXY: '1',
      NODE_NAME: 'alpha',
      LOG_LEVEL: 'debug',
      DEMO_ACCOUNTS: 'on',
      ...PROVIDER,
      RATE_LIMITS: 'off',
    });

    expect(environment).toEqual({
      production: true,
      port: 8080,
      host: '0.0.0.0',
      metricsPort: 9464,
      redisUrl: 'rediss://cache.example:6380',
      redisPrefix: 'shop:',
      redisDurability: 'replica',
      sessionSecrets: ['a-new-secret-of-some-length', 'an-old-secret-of-some-length'],
      sessionIdleSeconds: 60,
      sessionAbsoluteSeconds: 3600,
      allowedOrigins: ['https://shop.example', 'https://admin.example:8443'],
      allowedHosts: ['shop.example', '10.0.0.1', '[::1]'],
      trustProxy: 1,
      nodeName: 'alpha',
      logLevel: 'debug',
      demoAccounts: true,
      provider: {
        issuer: 'https://login.example/realms/shop',
        clientId: 'shop',
        clientSecret: 'a secret of the client',
        redirectUri: 'https://shop.example/auth/oidc/callback',
      },
      rateLimits: false,
    });
  });

  it.each([
    ['PORT', '80a', 'a port number, 0 to 65535'],
    ['PORT', '65536', 'a port number, 0 to 65535'],
    ['REDIS_PREFIX', 'a b', 'letters, digits'],
    ['REDIS_DURABILITY', 'disk', 'master or replica'],
    ['OIDC_ISSUER', 'http://login.example', 'an address with https://'],
    ['OIDC_REDIRECT_URI', 'https://shop.example/', 'the address of /auth/oidc/callback'],
    ['SESSION_IDLE_SECONDS', '0', 'whole seconds'],
    ['ALLOWED_ORIGINS', 'https://shop.example/', 'exact origins'],
    ['ALLOWED_ORIGINS', '*', 'exact origins'],
    ['ALLOWED_HOSTS', 'https://shop.example', 'names or addresses'],
    ['ALLOWED_HOSTS', 'shop.example:8443', 'names or addresses'],
    ['LOG_LEVEL', 'verbose', 'one of fatal'],
    ['DEMO_ACCOUNTS', 'yes', 'on or off'],
    ['RATE_LIMITS', 'none', 'on or off'],
    ['NODE_NAME', 'a b', '1 to 64'],
    ['TRUST_PROXY', 'everybody', 'off, on, a number of hops, or addresses'],
    ['TRUST_PROXY', '10.0.0.0/8/8', 'off, on'],
  ])('names %s, that it was "%s", and what it should be', (name, value, cure) => {
    const message = problemsOf({ [name]: value });

    expect(message).toContain(`${name} was "${value}"; it should be `);
    expect(message).toContain(cure);
  });

  it.each([
    ['production', { ALLOWED_ORIGINS: 'https://shop.example:8443' }, ['shop.example']],
    [
      'production',
      { ALLOWED_ORIGINS: 'https://a.example', ALLOWED_HOSTS: 'b.example' },
      ['b.example'],
    ],
    ['production', {}, []],
    ['development', { ALLOWED_ORIGINS: 'https://shop.example' }, []],
  ])('takes for allowed hosts, in %s with %j, %j', (NODE_ENV, variables, hosts) => {
    const needed = {
      SESSION_SECRET: 'a-secret-of-some-length',
      REDIS_URL: 'redis://cache.example',
    };

    expect(readEnvironment({ NODE_ENV, ...needed, ...variables }).allowedHosts).toEqual(hosts);
  });

  it.each([
    ['true', true],
    ['off', false],
    ['2', 2],
    ['loopback, 10.0.0.0/8', 'loopback, 10.0.0.0/8'],
    ['::1', '::1'],
  ])('takes TRUST_PROXY=%s', (value, expected) => {
    expect(readEnvironment({ TRUST_PROXY: value }).trustProxy).toBe(expected);
  });

  it.each([
    ['SESSION_SECRET', 'hunter2'],
    ['SESSION_SECRET', 'hunter2hunter2hunter2'],
    ['REDIS_URL', 'http://user:hunter2@cache.example'],
  ])('keeps a malformed %s out of the message', (name, value) => {
    const message = problemsOf({ [name]: value });

    expect(message).toContain(`${name} is malformed`);
    expect(message).not.toContain('hunter2');
  });

  it('tells every problem at once', () => {
    const message = problemsOf({ NODE_ENV: 'production', PORT: 'x', LOG_LEVEL: 'x' });

    expect(message).toContain('PORT was');
    expect(message).toContain('LOG_LEVEL was');
    expect(message).toContain('SESSION_SECRET is not set');
    expect(message).toContain(
      'REDIS_URL is not set; in production it should be an address of Redis: redis://',
    );
  });

  it.each([
    ['SESSION_SECRETS', 'SESSION_SECRET'],
    ['SESION_SECRET', 'SESSION_SECRET'],
    ['SESSION_IDLE_SECOND', 'SESSION_IDLE_SECONDS'],
    ['REDIS_URI', 'REDIS_URL'],
    ['REDSI_URL', 'REDIS_URL'],
    ['ALLOWED_ORIGIN', 'ALLOWED_ORIGINS'],
    ['TRUST_PROXYS', 'TRUST_PROXY'],
    ['DEMO_ACCOUNT', 'DEMO_ACCOUNTS'],
    ['NODE_ENVV', 'NODE_ENV'],
  ])('refuses the misspelling %s', (name, meant) => {
    const problem = `${name} is not a variable of this server; did you mean ${meant}?`;

    expect(problemsOf({ [name]: 'x' })).toContain(problem);
  });

  it('lets a near misspelling be where the variable meant is set too', () => {
    const url = 'redis://cache.example';

    expect(readEnvironment({ REDIS_URL: url, REDIS_URI: url }).redisUrl).toBe(url);
    expect(problemsOf({ REDIS_URL: '', REDIS_URI: url })).toContain('did you mean REDIS_URL?');
  });

  it.each(['SESSION_SECRET', 'REDIS_URL', 'ALLOWED_ORIGINS', 'TRUST_PROXY', 'DEMO_ACCOUNTS'])(
    'refuses every slip of one letter in %s',
    (meant) => {
      const slips = slipsOf(meant);

      const problems = problemsOf(Object.fromEntries(slips.map((slip) => [slip, 'x'])));

      for (const slip of slips) expect(problems).toContain(`${slip} is not a variable`);
    },
  );

  it.each([
    ['a Linux desktop', 'SESSION_MANAGER SESSION_ID XDG_SESSION_TYPE DESKTOP_SESSION LOGNAME'],
    [
      'a pod beside a Redis service',
      'REDIS_SERVICE_HOST REDIS_SERVICE_PORT REDIS_PORT REDIS_PORT_6379_TCP REDIS_PORT_6379_TCP_ADDR ' +
        'REDIS_PORT_6379_TCP_PORT REDIS_PORT_6379_TCP_PROTO NODE_PORT NODE_IP HOSTNAME',
    ],
    ['a hoster', 'REDIS_TLS_URL REDIS_HOST REDIS_PASSWORD REDIS_DB REDIS_VERSION REDISCLOUD_URL'],
    ['Django and Laravel', 'SESSION_DRIVER SESSION_LIFETIME SESSION_DOMAIN'],
    ['Node and npm', 'NODE NODE_OPTIONS NODE_PATH NODE_VERSION NODE_DEBUG npm_config_node_env'],
    ['others', 'TRUST_PROXIES TRUST_STORE DEMO_MODE LOGLEVEL LOG_LEVELS HOSTS PORTS POST SORT'],
  ])('lets the variables of %s be', (_, names) => {
    const foreign = Object.fromEntries(names.split(' ').map((name) => [name, 'tcp://10.0.0.1']));

    expect(readEnvironment(foreign).redisUrl).toBeUndefined();
  });

  it('refuses an idle timeout above the absolute lifetime', () => {
    const limits = { SESSION_IDLE_SECONDS: '100', SESSION_ABSOLUTE_SECONDS: '99' };

    expect(problemsOf(limits)).toContain('should not be above SESSION_ABSOLUTE_SECONDS (99)');
  });

  it.each(VARIABLE_NAMES)('%s is told of in README and in .env.example', (name) => {
    expect(readFileSync('README.md', 'utf8')).toMatch(new RegExp(`^\\|.*\`${name}\`.*\\|`, 'm'));
    expect(readFileSync('.env.example', 'utf8')).toMatch(new RegExp(`^${name}=`, 'm'));
  });
});
