import { spawnSync } from 'node:child_process';
import { hasNginx } from './scripts/nginx.js';
import { shared } from './test/jest/projects.mjs';
import { skip } from './test/jest/skips.mjs';

const canRun =
  process.platform === 'linux' &&
  hasNginx() &&
  ['redis-server', 'openssl'].every((name) => spawnSync(name, ['--version']).error === undefined);
if (!canRun) {
  skip(
    'the tests of the image',
    'they need Linux, apt-get install nginx-light redis-server openssl',
  );
}

/**
 * The image's files, built and run without Docker.
 *
 * @type {import('jest').Config}
 */
export default {
  ...shared,
  displayName: 'image',
  reporters: ['default', '<rootDir>/test/jest/no-skips.mjs'],
  testMatch: canRun ? ['<rootDir>/test/deploy/*.deploy-spec.ts'] : [],
  passWithNoTests: true,
  setupFilesAfterEnv: ['<rootDir>/test/support/after-tests.ts'],
  globals: { REDIS_UNDER_TEST: 'server' },
  // What is waited for has limits of its own, which say more.
  testTimeout: 180_000,
};
