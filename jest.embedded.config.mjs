import { e2eProject, whole } from './test/jest/projects.mjs';

/**
 * What leans on Redis itself, its scripts, expiry and Pub/Sub, runs on embedded Valkey too where `npm test` runs it on
 * a Redis server. The rest tests nodes, their connections, sockets and documents: another Redis under them would show
 * nothing new.
 */
const ON_BOTH_KINDS = [
  'cart-bounds', // the cart's scripts on very many operations
  'cart-script', // the cart's script
  'in-step', // expiry
  'kept-entries', // the session's scripts
  'shared-login', // signals and broadcasts between nodes
  'transitions', // the session's scripts
];

/** @type {import('jest').Config} */
export default {
  ...whole,
  projects: [e2eProject('embedded', `{${ON_BOTH_KINDS.join()}}`, ['both-kinds'])],
};
