import { describe, expect, it } from '@jest/globals';
import { exampleOf } from './examples.js';
import { SCHEMAS, type SchemaName } from './schemas.js';

const NAMES = Object.keys(SCHEMAS) as SchemaName[];

describe('exampleOf', () => {
  it.each(NAMES)('gives what its schema takes as it is: %s', (name) => {
    const example = exampleOf(name);

    expect(SCHEMAS[name].parse(example)).toEqual(example);
  });

  it.each(NAMES)('gives the same every time: %s', (name) => {
    expect(exampleOf(name)).toEqual(exampleOf(name));
  });

  it('tells of an error that came too soon how long to wait', () => {
    expect(exampleOf('Error')).toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterMs: 1500 },
    });
  });
});
