import type { Operation } from './operation.js';
import { attempt, attemptEvent, attemptToConnect } from './attempt.js';
import type { Scene } from './scene.js';

async function signedInSocket(scene: Scene): Promise<void> {
  await scene.signIn(scene.actor);
  await scene.connect(scene.actor, scene.near);
}

/** What happens on sockets, and because of them. */
export const SOCKET_OPERATIONS: readonly Operation[] = [
  {
    name: 'handshake',
    prepare: (scene) => scene.signIn(scene.actor),
    act: (scene) => attemptToConnect(scene.connect(scene.actor, scene.near)),
  },
  {
    name: 'namespace',
    prepare: signedInSocket,
    act: async (scene) => {
      const { io } = await scene.socketOf(scene.actor);
      return attemptToConnect(scene.open(scene.actor, io.socket('/faults')));
    },
  },
  {
    name: 'leave',
    prepare: async (scene) => {
      await signedInSocket(scene);
      await scene.connect(scene.actor, scene.far);
    },
    act: async (scene) => {
      const client = await scene.socketOf(scene.actor);
      client.disconnect();
      return { kind: 'done', detail: 'closed' };
    },
  },
  {
    name: 'prolong',
    prepare: signedInSocket,
    act: async (scene) => attemptEvent(await scene.socketOf(scene.actor), 'session:extend'),
    holds: (scene) => scene.isUser(scene.actor.cookie),
  },
  {
    name: 'presence',
    prepare: signedInSocket,
    act: ({ actor }) => attempt(actor.get('/devices')),
  },
  {
    name: 'cart',
    prepare: async (scene) => {
      await signedInSocket(scene);
      scene.cart = { least: 0, most: 1 };
    },
    act: async (scene) => {
      const socket = await scene.socketOf(scene.actor);
      const outcome = await attemptEvent(socket, 'cart:apply', scene.operation);
      if (outcome.kind === 'done') scene.cart = { least: 1, most: 1 };
      return outcome;
    },
  },
  {
    name: 'cart-http',
    prepare: async (scene) => {
      await signedInSocket(scene);
      scene.cart = { least: 0, most: 1 };
    },
    act: async (scene) => {
      const outcome = await attempt(scene.actor.post('/cart/operations', scene.operation));
      if (outcome.kind === 'done') scene.cart = { least: 1, most: 1 };
      return outcome;
    },
  },
];
