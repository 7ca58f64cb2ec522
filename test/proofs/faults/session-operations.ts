import type { Operation } from './operation.js';
import { attempt } from './attempt.js';
import type { Scene } from './scene.js';

const credentials = ({ user, passwords }: Scene) => ({
  email: user.email,
  password: passwords[0] ?? '',
});

async function guestWithSockets(scene: Scene): Promise<void> {
  await scene.arriveWithCart(scene.actor);
  await scene.connectBoth(scene.actor);
}

/** For ways of signing in that know nothing of carts. */
async function guestWithoutCart(scene: Scene): Promise<void> {
  await scene.actor.arrive(scene.far);
  scene.see(scene.actor);
  await scene.connectBoth(scene.actor);
}

/** Signed in, and the guest's cart has not joined the user's yet. */
async function carriedGuest(scene: Scene): Promise<string> {
  await scene.arriveWithCart(scene.actor);
  const guest = await scene.who(scene.actor.cookie);
  await scene.actor.post('/faults/enter', { user: scene.user }, scene.far);
  scene.see(scene.actor);
  return guest?.principal.id ?? '';
}

/** How sessions begin and change. */
export const SESSION_OPERATIONS: readonly Operation[] = [
  {
    name: 'first-save',
    prepare: () => Promise.resolve(),
    act: ({ actor }) => attempt(actor.get('/session')),
    holds: async (scene) => (await scene.who(scene.actor.cookie))?.principal.kind === 'guest',
  },
  {
    name: 'sign-in',
    prepare: () => Promise.resolve(),
    act: (scene) => attempt(scene.actor.post('/auth/login', credentials(scene))),
    signsIn: true,
  },
  {
    name: 'sign-in-guest',
    prepare: guestWithSockets,
    act: (scene) => attempt(scene.actor.post('/auth/login', credentials(scene))),
    replaces: (_, before) => [before],
    signsIn: true,
    keepsPrevious: true,
  },
  {
    name: 'save',
    prepare: (scene) => scene.signIn(scene.actor),
    act: ({ actor }) => attempt(actor.post('/faults/note', { note: 'kept' })),
    holds: async ({ actor, far }) =>
      (await actor.get<{ note: unknown }>('/faults/note', far)).body.note === 'kept',
  },
  {
    name: 'save-principal',
    prepare: guestWithoutCart,
    act: ({ actor, user }) => attempt(actor.post('/faults/become', { user })),
    signsIn: true,
    keepsPrevious: true,
  },
  {
    name: 'regenerate',
    prepare: guestWithoutCart,
    act: ({ actor, user }) => attempt(actor.post('/faults/regenerate', { user })),
    ends: (_, before) => [before],
    signsIn: true,
  },
  {
    name: 'guest-join',
    prepare: async (scene) => {
      await carriedGuest(scene);
    },
    act: ({ actor }) => attempt(actor.get('/cart')),
  },
  {
    name: 'guest-join-late',
    prepare: async (scene) => {
      const id = await carriedGuest(scene);
      // A day has passed: the cart is there, and which operations made it is forgotten.
      await scene.lane.forget(`cart-operations:{guest:${id}}`);
    },
    act: ({ actor }) => attempt(actor.get('/cart')),
  },
];
