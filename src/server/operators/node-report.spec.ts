import { describe, expect, it } from '@jest/globals';
import { type Connected, countConnected } from './node-report.js';

const of = (kind: 'user' | 'guest', id: string, handle = id): Connected => ({
  handle,
  principal: { kind, id },
});

describe('what a node reports', () => {
  it('counts sockets, sessions, users and guests', () => {
    const counted = countConnected([
      of('user', 'ada', 'phone'),
      of('user', 'ada', 'phone'),
      of('user', 'ada', 'laptop'),
      of('guest', '7'),
    ]);

    expect(counted).toEqual({
      sockets: 4,
      sessions: 3,
      users: 1,
      guests: 1,
      who: [{ id: 'ada', sockets: 3 }],
    });
  });

  it('names a hundred users, and counts the others', () => {
    const everybody = Array.from({ length: 250 }, (_, id) => of('user', String(id)));

    const { users, who } = countConnected(everybody);

    expect([users, who.length]).toEqual([250, 100]);
  });
});
