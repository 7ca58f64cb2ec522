import { afterAll, afterEach, expect } from '@jest/globals';
import { stopAll } from './cleanup.js';
import { takeDeviations } from './contract-check.js';

// Every message that a test sees must be as the contract says.
afterEach(() => {
  expect(takeDeviations()).toEqual([]);
});

afterAll(stopAll);
