import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { shared } from './test/jest/projects.mjs';
import { skip } from './test/jest/skips.mjs';

const KNOWN = [process.env['CHROMIUM'], '/usr/bin/chromium', chromium.executablePath()];
const browser = KNOWN.find((path) => path && existsSync(path));
if (!browser) {
  skip(
    'the browser tests',
    'there is no Chromium: apt-get install chromium, or set CHROMIUM to its path',
  );
}

/** @type {import('jest').Config} */
export default {
  ...shared,
  displayName: 'browser',
  reporters: ['default', '<rootDir>/test/jest/no-skips.mjs'],
  testMatch: browser ? ['<rootDir>/test/browser/*.browser-spec.ts'] : [],
  passWithNoTests: true,
  setupFilesAfterEnv: ['<rootDir>/test/support/after-tests.ts'],
  globals: { REDIS_UNDER_TEST: 'embedded', CHROMIUM: browser ?? '' },
  // What is waited for has limits of its own, which say more.
  testTimeout: 180_000,
};
