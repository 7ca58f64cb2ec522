import { spawnSync } from 'node:child_process';

/** @type {import('jest').Config} */
const shared = {
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': '@swc/jest' },
};

/**
 * The e2e files run against embedded Valkey, and once more against a Redis server where there is one.
 *
 * @param {'embedded' | 'server'} redis
 * @returns {import('jest').Config}
 */
const e2e = (redis) => ({
  ...shared,
  displayName: redis === 'embedded' ? 'e2e on embedded Valkey' : 'e2e on a Redis server',
  testMatch: ['<rootDir>/test/*.e2e-spec.ts'],
  setupFiles: ['<rootDir>/test/support/reflect-metadata.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/support/after-tests.ts'],
  globals: { REDIS_UNDER_TEST: redis },
});

const unit = { ...shared, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] };
unit.setupFiles = ['<rootDir>/test/support/reflect-metadata.ts'];

const hasServer = process.env.REDIS_URL || spawnSync('redis-server', ['--version']).status === 0;
if (!hasServer) {
  console.warn(
    'Skipped: the e2e tests on a Redis server (none found; install redis-server, or set REDIS_URL).',
  );
}

/** @type {import('jest').Config} */
export default {
  projects: [unit, e2e('embedded'), ...(hasServer ? [e2e('server')] : [])],
  workerIdleMemoryLimit: '512MB',
  testTimeout: 20_000,
};
