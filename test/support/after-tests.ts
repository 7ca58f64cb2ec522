import { afterEach, expect } from '@jest/globals';
import { takeLeaks } from './canaries.js';
import { stopAll } from './cleanup.js';
import { takeDeviations } from './contract-check.js';

declare global {
  /** For the environment of the tests, which knows when a block is done. */
  var stopAll: () => Promise<void>;
}
globalThis.stopAll = stopAll;

// Every message that a test sees must be as the contract says, and no log may have a secret in it.
afterEach(() => {
  expect(takeDeviations()).toEqual([]);
  expect(takeLeaks()).toEqual([]);
});
