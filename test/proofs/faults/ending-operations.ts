import { sessionHandle } from '../../../src/shared-session/session/session-handle.js';
import type { User } from '../../../src/server/accounts/user.js';
import type { Operation } from './operation.js';
import { attempt } from './attempt.js';
import type { Scene } from './scene.js';

const NEXT_PASSWORD = 'another horse, another battery';

async function twoDevices(scene: Scene): Promise<void> {
  await scene.signIn(scene.actor);
  await scene.signIn(scene.victim);
  await scene.connectBoth(scene.victim);
}

/** How sessions end, and what changes in all of a user's at once. */
export const ENDING_OPERATIONS: readonly Operation[] = [
  {
    name: 'logout',
    prepare: async (scene) => {
      await scene.signIn(scene.actor);
      await scene.connectBoth(scene.actor);
    },
    act: ({ actor }) => attempt(actor.post('/auth/logout')),
    ends: (_, before) => [before],
  },
  {
    name: 'end-by-handle',
    prepare: twoDevices,
    act: async ({ actor, victim }) => {
      const outcome = await attempt(
        actor.request('DELETE', `/devices/${sessionHandle(victim.sid)}`),
      );
      // Gone already, when it is tried again.
      return outcome.detail === '404' ? { ...outcome, kind: 'done' } : outcome;
    },
    ends: ({ victim }) => [victim.cookie],
  },
  {
    name: 'end-others',
    prepare: twoDevices,
    act: ({ actor }) => attempt(actor.request('DELETE', '/devices')),
    ends: ({ victim, inspector }) => [victim.cookie, inspector.cookie],
  },
  {
    name: 'end-all',
    prepare: twoDevices,
    act: ({ actor, user }) => attempt(actor.post('/faults/end-all', { id: user.id })),
    ends: ({ actor, victim, inspector }) => [actor.cookie, victim.cookie, inspector.cookie],
  },
  {
    name: 'password',
    prepare: async (scene) => {
      await twoDevices(scene);
      scene.passwords.push(NEXT_PASSWORD);
    },
    act: (scene) => {
      const [current, next] = scene.passwords;
      return attempt(scene.actor.post('/user/password', { current, next }));
    },
    ends: ({ victim, inspector }) => [victim.cookie, inspector.cookie],
    replaces: (_, before) => [before],
    signsIn: true,
  },
  {
    name: 'roles',
    prepare: twoDevices,
    act: ({ actor, user }) =>
      attempt(actor.post('/faults/roles', { id: user.id, roles: ['staff'] })),
    holds: async ({ victim, far }) =>
      (await victim.get<User>('/user/profile', far)).body.roles.includes('staff'),
  },
];
