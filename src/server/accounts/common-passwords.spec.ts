import { describe, expect, it } from '@jest/globals';
import { Registration } from './accounts.contract.js';
import { isCommon } from './common-passwords.js';

const registration = { email: 'ada@example.com', name: 'Ada' };

describe('a password', () => {
  it.each(['qwertyqwerty', 'QwertyQwerty', '123456789012', 'password1234'])(
    'that many have is refused: %s',
    (password) => {
      expect(isCommon(password)).toBe(true);
      expect(Registration.safeParse({ ...registration, password }).success).toBe(false);
    },
  );

  it.each([
    'correct horse battery',
    '  spaces around  ',
    'e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301',
    '\u00e9'.repeat(12),
  ])('that few have is taken as it is: %j', (password) => {
    expect(Registration.parse({ ...registration, password }).password).toBe(password);
  });
});
