import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'socket.io';
import type { Session } from '../session/session.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import type { RedisClock } from '../redis/redis-clock.js';
import type { StoredSessions } from '../store/stored-sessions.js';
import { Link } from './link.js';
import { SessionActivity } from './session-activity.js';

const IDLE_MS = 60_000;

/** A link whose session Redis is about to drop. */
function linkNearItsEnd(name: string): Link {
  const link = new Link(name);
  link.storedUntil = Date.now() + 1000;
  link.sockets.add({} as Socket);
  let idleExpiresAt = link.storedUntil;
  link.session = {
    get idleExpiresAt() {
      return idleExpiresAt;
    },
    limits: { idleMs: IDLE_MS },
    followBy: () => undefined,
    prolong: (until: number) => (idleExpiresAt = until),
  } as unknown as Session;
  return link;
}

describe('activity that cannot wait', () => {
  const written: string[] = [];
  let isAway: boolean;
  let activity: SessionActivity;

  beforeEach(async () => {
    written.length = 0;
    isAway = false;
    const prolong = async (sessions: { handle: string }[]) => {
      await Promise.resolve();
      if (isAway) throw new Error('away');
      written.push(...sessions.map(({ handle }) => handle));
    };
    const options = { limits: { idleMs: IDLE_MS } } as ResolvedOptions;
    const clock = { now: () => Date.now() } as RedisClock;
    activity = new SessionActivity({ prolong } as unknown as StoredSessions, clock, options);
    await activity.flushIfDue(Date.now());
  });

  /** Lets go on what waits for nothing but its turn. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('is written when the write is done that was under way', async () => {
    activity.note(linkNearItsEnd('first'));
    activity.note(linkNearItsEnd('second'));
    await settled();

    expect(written).toEqual(['first', 'second']);
  });

  it('is tried again at the next look if it could not be written', async () => {
    isAway = true;
    activity.note(linkNearItsEnd('first'));
    await settled();
    isAway = false;

    await activity.flushIfDue(Date.now());

    expect(written).toEqual(['first']);
  });
});
