import { describe, expect, it } from '@jest/globals';
import { Bucket } from './bucket.js';

const rate = { perSecond: 10, burst: 5 };

describe('Bucket', () => {
  it('gives a whole burst at once, and then says how long to wait', () => {
    const bucket = new Bucket(rate);

    expect(bucket.take(1, 5, 0)).toEqual({ granted: 5, waitMs: 0 });
    expect(bucket.take(1, 1, 0)).toEqual({ granted: 0, waitMs: 100 });
  });

  it('gives as many as there are, if those are enough', () => {
    const bucket = new Bucket(rate);

    expect(bucket.take(1, 8, 0)).toEqual({ granted: 5, waitMs: 0 });
  });

  it('takes nothing where there are too few', () => {
    const bucket = new Bucket(rate);
    bucket.take(3, 3, 0);

    expect(bucket.take(4, 4, 0)).toEqual({ granted: 0, waitMs: 200 });
    expect(bucket.take(2, 2, 0)).toEqual({ granted: 2, waitMs: 0 });
  });

  it('fills by the rate', () => {
    const bucket = new Bucket(rate);
    bucket.take(5, 5, 0);

    expect(bucket.take(1, 5, 250)).toEqual({ granted: 2, waitMs: 0 });
    expect(bucket.take(1, 1, 250)).toEqual({ granted: 0, waitMs: 50 });
  });

  it('holds no more than a burst, however long nobody takes any', () => {
    const bucket = new Bucket(rate);
    bucket.take(5, 5, 0);

    expect(bucket.take(1, 100, 1_000_000)).toEqual({ granted: 5, waitMs: 0 });
  });
});
