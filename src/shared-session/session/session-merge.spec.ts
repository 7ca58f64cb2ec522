import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeSession, type SessionFields } from './session-merge.js';

const fields: fc.Arbitrary<SessionFields> = fc.dictionary(
  fc.constantFrom('user', 'guest', 'theme', 'count', '__proto__', 'constructor'),
  fc.jsonValue(),
  { noNullPrototype: true },
);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('mergeSession', () => {
  it('keeps what both sides changed under different keys', () => {
    const base = { a: 1, b: 1, c: 1 };

    const merged = mergeSession(base, { a: 2, b: 1, c: 1 }, { a: 1, b: 1, d: 3 });

    expect(merged).toEqual({ a: 2, b: 1, d: 3 });
  });

  it('lets the later writer win where both changed the same key', () => {
    expect(mergeSession({ a: 1 }, { a: 2 }, { a: 3 })).toEqual({ a: 2 });
  });

  it('keeps what both sides changed of the library’s own fields', () => {
    const base = { sharedSession: { startedAt: 1, carriedGuest: 'g' } };
    const mine = { sharedSession: { startedAt: 1, carriedGuest: 'g', cookieSentAt: 2 } };

    const merged = mergeSession(base, mine, { sharedSession: { startedAt: 1 } });

    expect(merged).toEqual({ sharedSession: { startedAt: 1, cookieSentAt: 2 } });
  });

  it('is mine where nobody else wrote', () => {
    fc.assert(
      fc.property(fields, fields, (base, mine) => {
        expect(plain(mergeSession(base, mine, base))).toEqual(plain(mine));
      }),
    );
  });

  it('is theirs where I changed nothing', () => {
    fc.assert(
      fc.property(fields, fields, (base, theirs) => {
        expect(plain(mergeSession(base, base, theirs))).toEqual(plain(theirs));
      }),
    );
  });

  it('loses no change of either side, unless both changed the same key', () => {
    fc.assert(
      fc.property(fields, fields, fields, (base, mine, theirs) => {
        const merged = mergeSession(base, mine, theirs);
        for (const key of keysOf(base, mine, theirs)) {
          const expected = differs(base, mine, key) ? mine : theirs;
          expect(at(merged, key)).toEqual(at(expected, key));
        }
      }),
    );
  });

  it('leaves its inputs and every prototype as they were', () => {
    fc.assert(
      fc.property(fields, fields, fields, (base, mine, theirs) => {
        const before = plain([base, mine, theirs]);
        mergeSession(base, mine, theirs);
        expect(plain([base, mine, theirs])).toEqual(before);
        expect(({} as Record<string, unknown>)['user']).toBeUndefined();
      }),
    );
  });
});

function keysOf(...all: SessionFields[]): Set<string> {
  return new Set(all.flatMap((each) => Object.keys(each)));
}

function at(source: SessionFields, key: string): unknown {
  return Object.hasOwn(source, key) ? plain(source[key]) : undefined;
}

function differs(one: SessionFields, other: SessionFields, key: string): boolean {
  if (Object.hasOwn(one, key) !== Object.hasOwn(other, key)) return true;
  return JSON.stringify(one[key]) !== JSON.stringify(other[key]);
}
