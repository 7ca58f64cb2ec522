import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ArgumentMetadata } from '@nestjs/common';
import { z } from 'zod';
import type { CodedError } from '../shared-session.errors.js';
import { PayloadPipe } from './payload.pipe.js';

describe('a payload that is not valid', () => {
  const refusalOf = (value: unknown, schema: z.ZodType) =>
    new PayloadPipe().transform(value, { type: 'body', schema } as ArgumentMetadata).then(
      () => 'taken',
      (error: unknown) => JSON.stringify((error as CodedError).details),
    );

  it('is not sent back by the names of its properties', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => [`property${String(at)}`, 1] as const);

    const refusal = await refusalOf(Object.fromEntries(names), z.strictObject({}));

    expect(refusal).toContain('property0');
    expect(refusal.length).toBeLessThan(400);
  });

  it('is told of with ten faults at most', async () => {
    const refusal = await refusalOf(Array(1000).fill('x'), z.array(z.number()));

    expect(JSON.parse(refusal)).toHaveLength(10);
  });
});
