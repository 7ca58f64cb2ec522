import { afterAll } from '@jest/globals';
import { stopAll } from './cleanup.js';

afterAll(stopAll);
