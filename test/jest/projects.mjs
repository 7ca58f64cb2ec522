import { matching } from './suites.mjs';

/** What every Jest project of this repository shares. */
export const shared = {
  testEnvironment: '<rootDir>/test/jest/environment.mjs',
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': '@swc/jest' },
  setupFiles: ['<rootDir>/test/support/reflect-metadata.ts'],
};

/** What holds for a whole run. */
export const whole = {
  reporters: ['default', '<rootDir>/test/jest/no-skips.mjs'],
  // More than a small machine has processors: most of the time a test waits. None starts when the others are over.
  maxWorkers: 8,
  // What is waited for has limits of its own, which say more.
  testTimeout: 60_000,
};

/** Tests of single concepts; they start nothing. */
export const unitProject = {
  ...shared,
  displayName: 'unit',
  ...matching(
    ['<rootDir>/{src,client-demo/src}/**/*.spec.ts', '<rootDir>/test/proofs/*.spec.ts'],
    ['unit'],
  ),
};

const KINDS = {
  embedded: 'embedded Valkey',
  server: 'a Redis server',
  acl: 'a Redis server with an ACL',
  cluster: 'a Redis Cluster',
  sentinel: 'Redis with Sentinel',
};

/**
 * Tests of the promises, with real nodes on one kind of Redis.
 *
 * @param {'embedded' | 'server' | 'acl' | 'cluster' | 'sentinel'} redis
 * @param {string} names which files, as a pattern
 * @param {readonly string[]} suites that these files are in
 * @param {readonly string[]} except files that cannot run here
 */
export function e2eProject(redis, names, suites, except = []) {
  const files = matching([`<rootDir>/test/${names}.e2e-spec.ts`], suites);
  return {
    ...shared,
    displayName: `e2e on ${KINDS[redis]}`,
    testMatch: files.testMatch,
    testPathIgnorePatterns: [...files.testPathIgnorePatterns, ...except],
    setupFilesAfterEnv: ['<rootDir>/test/support/after-tests.ts'],
    globals: { REDIS_UNDER_TEST: redis },
  };
}
