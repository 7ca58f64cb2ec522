import { spawnSync } from 'node:child_process';
import { hasNginx } from './scripts/nginx.js';
import { e2eProject, unitProject, whole } from './test/jest/projects.mjs';
import { skip } from './test/jest/skips.mjs';

const SUITES = ['carts', 'contract', 'faults', 'processes', 'races', 'sessions'];

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

const withRedisCli = spawnSync('redis-cli', ['--version']).status === 0;
if (!withRedisCli) {
  skip('the commands of docs/wire.md', 'there is no redis-cli: apt-get install redis-server');
}

const withPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!withPromtool) {
  skip(
    'what Prometheus says of rules and metrics',
    'there is no promtool: apt-get install prometheus',
  );
}

const cannotRun = [
  ...(withNginx ? [] : ['proxy.e2e-spec']),
  ...(withRedisCli ? [] : ['wire.e2e-spec']),
  ...(withPromtool ? [] : ['prometheus.e2e-spec']),
];

/** @type {import('jest').Config} */
export default {
  ...whole,
  projects: [
    unitProject,
    // Every e2e file runs on one kind of Redis; jest.embedded.config.mjs says which run on the other, too.
    e2eProject(hasServer ? 'server' : 'embedded', '*', SUITES, cannotRun),
  ],
};
