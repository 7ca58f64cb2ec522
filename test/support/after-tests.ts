import { afterEach, expect } from '@jest/globals';
import { stopAll } from './cleanup.js';
import { takeDeviations } from './contract-check.js';

declare global {
  /** For the environment of the tests, which knows when a block is done. */
  var stopAll: () => Promise<void>;
}
globalThis.stopAll = stopAll;

// Every message that a test sees must be as the contract says.
afterEach(() => {
  expect(takeDeviations()).toEqual([]);
});
