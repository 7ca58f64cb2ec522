import { spawnSync } from 'node:child_process';
import { hasNginx } from './scripts/nginx.js';
import { e2eProject, unitProject, whole } from './test/jest/projects.mjs';
import { skip } from './test/jest/skips.mjs';

/**
 * Every e2e file runs on one kind of Redis: a Redis server, or embedded Valkey where there is none.
 * What leans on Redis itself, its scripts, expiry and Pub/Sub, runs on the other kind too. The rest tests nodes, their
 * connections, sockets and documents: another Redis under them would show nothing new.
 */
const ON_BOTH_KINDS = [
  'cart-script', // the cart's script
  'in-step', // expiry
  'shared-login', // signals and broadcasts between nodes
  'transitions', // the session's scripts
];

const SUITES = ['accounts', 'carts', 'contract', 'faults', 'processes', 'races', 'sessions'];

const hasServer =
  Boolean(process.env['REDIS_URL']) || spawnSync('redis-server', ['--version']).status === 0;
if (!hasServer) {
  skip(
    'the e2e tests on a Redis server',
    'there is no redis-server: apt-get install redis-server, or set REDIS_URL',
  );
}
const withNginx = hasNginx();
if (!withNginx) skip('the tests behind nginx', 'there is no nginx: apt-get install nginx-light');

const cannotRun = withNginx ? [] : ['proxy.e2e-spec'];

/** @type {import('jest').Config} */
export default {
  ...whole,
  projects: [
    unitProject,
    ...(hasServer
      ? [
          e2eProject('server', '*', SUITES, cannotRun),
          e2eProject('embedded', `{${ON_BOTH_KINDS.join()}}`, ['both-kinds']),
        ]
      : [e2eProject('embedded', '*', SUITES, cannotRun)]),
  ],
};
