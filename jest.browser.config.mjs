import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const KNOWN = [process.env['CHROMIUM'], '/usr/bin/chromium', chromium.executablePath()];
const browser = KNOWN.find((path) => path && existsSync(path));
if (!browser) {
  console.warn(
    'Skipped: the browser tests (no Chromium found; install Debian’s chromium, or set CHROMIUM).',
  );
}

/** @type {import('jest').Config} */
export default {
  displayName: 'browser',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': '@swc/jest' },
  testMatch: browser ? ['<rootDir>/test/browser/*.browser-spec.ts'] : [],
  passWithNoTests: true,
  setupFiles: ['<rootDir>/test/support/reflect-metadata.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/support/after-tests.ts'],
  globals: { REDIS_UNDER_TEST: 'embedded', CHROMIUM: browser ?? '' },
  testTimeout: 60_000,
};
