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
  // Jest would leave one processor idle: half of those that a small machine has.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
  // What is waited for has limits of its own, which say more.
  testTimeout: 60_000,
};

/** Tests of single concepts; they start nothing. */
export const unitProject = {
  ...shared,
  displayName: 'unit',
  testMatch: ['<rootDir>/{src,client-demo/src}/**/*.spec.ts', '<rootDir>/test/proofs/*.spec.ts'],
};

/**
 * Tests of the promises, with real nodes on one kind of Redis.
 *
 * @param {'embedded' | 'server'} redis
 * @param {string} names which files, as a pattern
 * @param {readonly string[]} except files that cannot run here
 */
export function e2eProject(redis, names, except = []) {
  return {
    ...shared,
    displayName: redis === 'embedded' ? 'e2e on embedded Valkey' : 'e2e on a Redis server',
    testMatch: [`<rootDir>/test/${names}.e2e-spec.ts`],
    testPathIgnorePatterns: [...except],
    setupFilesAfterEnv: ['<rootDir>/test/support/after-tests.ts'],
    globals: { REDIS_UNDER_TEST: redis },
  };
}
