import { describe, expect, it } from '@jest/globals';
import { AttackCounter } from './attack-counter.js';
import type { AuditEntry } from './audit-line.js';

const refused = (address: string | null, reason = 'INVALID_CREDENTIALS'): AuditEntry => ({
  audit: 'sign-in.refused',
  reason,
  by: null,
  principal: null,
  handle: null,
  account: 'ada',
  address,
  requestId: null,
  count: 1,
});

describe('an attack', () => {
  const counter = () => {
    const lines: AuditEntry[] = [];
    return { lines, attacks: new AttackCounter((entry) => lines.push(entry)) };
  };

  it('is a line at once and one a minute, however often it comes', () => {
    const { lines, attacks } = counter();

    for (let times = 0; times < 10_000; times += 1) attacks.note(refused('203.0.113.7'));
    expect(lines).toEqual([refused('203.0.113.7')]);
    attacks.flush();

    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ address: '203.0.113.7', account: null, count: 9999 });
  });

  it('is told anew after a minute without it', () => {
    const { lines, attacks } = counter();

    attacks.note(refused('203.0.113.7'));
    attacks.flush();
    attacks.note(refused('203.0.113.7'));

    expect(lines.map(({ count }) => count)).toEqual([1, 1]);
  });

  it('goes on being counted while it lasts', () => {
    const { lines, attacks } = counter();

    for (let minute = 0; minute < 3; minute += 1) {
      for (let times = 0; times < 10; times += 1) attacks.note(refused('203.0.113.7'));
      attacks.flush();
    }

    expect(lines.map(({ count }) => count)).toEqual([1, 9, 10, 10]);
  });

  it('is told apart by its kind and its address', () => {
    const { lines, attacks } = counter();

    attacks.note(refused('203.0.113.7'));
    attacks.note(refused('203.0.113.8'));
    attacks.note(refused('203.0.113.7', 'TOO_MANY_SESSIONS'));

    expect(lines).toHaveLength(3);
  });

  it('from ten thousand addresses is a thousand lines and one for all others', () => {
    const { lines, attacks } = counter();

    for (let number = 0; number < 10_000; number += 1) {
      attacks.note(refused(`10.0.${String(number >> 8)}.${String(number & 255)}`));
    }
    expect(lines).toHaveLength(1001);
    attacks.flush();

    expect(lines.at(-1)).toMatchObject({ address: null, count: 8999 });
  });
});
