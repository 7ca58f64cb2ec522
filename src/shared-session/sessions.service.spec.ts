import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { GuestLimit } from './limits/guest-limit.js';
import { END_REASONS } from './session/end-reason.js';
import type { Principal } from './session/principal.js';
import { Sessions } from './sessions.service.js';
import type { ResolvedOptions } from './shared-session.options.js';
import type { RedisClock } from './redis/redis-clock.js';
import type { ProviderSessions } from './store/provider-sessions.js';
import type { SessionStore } from './store/session.store.js';
import type { StoredSessions } from './store/stored-sessions.js';

describe('the reasons for which an application ends sessions', () => {
  it('leave out that a node shuts down, which ends no session', () => {
    type Given = Parameters<Sessions['end' | 'endOthers' | 'endAll']>[1];
    // @ts-expect-error -- the compiler refuses it
    const refused: Given = 'draining';

    expect(END_REASONS).not.toContain(refused);
  });
});

describe('whoever follows the lists of sessions', () => {
  it('is told of users, since guests have no list', () => {
    const local = new EventEmitter();
    const stored = { local } as unknown as StoredSessions;
    const [store, clock, options, guests] = [{}, {}, {}, {}];
    const sessions = new Sessions(
      store as SessionStore,
      stored,
      clock as RedisClock,
      options as ResolvedOptions,
      {} as ProviderSessions,
      guests as GuestLimit,
    );
    const told: Principal[] = [];
    sessions.onListChanged((principal) => told.push(principal));

    local.emit('sessions', { kind: 'guest', id: 'g' });
    local.emit('sessions', { kind: 'user', id: 'ada' });

    expect(told).toEqual([{ kind: 'user', id: 'ada' }]);
  });
});
