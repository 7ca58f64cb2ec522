import { describe, expect, it } from '@jest/globals';
import type { SessionData } from 'express-session';
import { assertUsableUser, principalOf, readSessionUser } from './session-data.js';

const sessionOf = (fields: object) => fields as SessionData;
const UNUSABLE = [undefined, null, '', NaN, Infinity, true, {}, ['1']];

describe('principalOf', () => {
  it.each([
    ['42', '42'],
    [42, '42'],
    [0, '0'],
  ])('names a user by the id %p', (id, name) => {
    const session = sessionOf({ user: { id } });

    expect(principalOf(session, readSessionUser)).toEqual({ kind: 'user', id: name });
    expect(() => {
      assertUsableUser(session, readSessionUser);
    }).not.toThrow();
  });

  it.each(UNUSABLE)('takes a user with the id %p for nobody, and refuses to save it', (id) => {
    const session = sessionOf({ user: { id, _id: 'of Mongoose' } });

    expect(principalOf(session, readSessionUser)).toBeNull();
    expect(() => {
      assertUsableUser(session, readSessionUser);
    }).toThrow('has no `id`');
  });

  it('does not take an application’s own field `guest` for a guest of the library', () => {
    expect(principalOf(sessionOf({ guest: true }), readSessionUser)).toBeNull();
    expect(principalOf(sessionOf({ guest: { id: 'x' } }), readSessionUser)).toBeNull();
  });
});
