import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { operationId, operationTime } from './operation-id.js';

it('makes UUIDs that tell when they were made, and no two alike', () => {
  const before = Date.now();
  const ids = Array.from({ length: 1000 }, operationId);

  for (const id of ids) expect(z.uuidv7().safeParse(id).success).toBe(true);
  expect(new Set(ids).size).toBe(1000);
  const [time = 0] = ids.map(operationTime);
  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(Date.now());
});

it('does not guess the time of other ids', () => {
  expect(operationTime('0b0c1a4e-7d1c-4a55-8d5a-0d6a8c8e3f10')).toBeNull();
});
