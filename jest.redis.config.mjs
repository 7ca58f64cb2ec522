import { spawnSync } from 'node:child_process';
import { e2eProject, whole } from './test/jest/projects.mjs';
import { skip } from './test/jest/skips.mjs';

/** What is about one server itself: `npm test` runs it. */
const ABOUT_ONE_SERVER = [
  'acl.e2e-spec', // brings its own servers
  'classic-adapter.e2e-spec', // Redis 6, which the library takes neither as a Cluster nor with Sentinel
  'faults.e2e-spec', // each command of one server is cut off, in processes that get its address
  'wire.e2e-spec', // commands for one server, as redis-cli sends them
  'prometheus.e2e-spec', // what promtool says of files and names
  'worker-outages.e2e-spec', // breaks the way to one server
  // nestjs-shared-session/testing starts one server, and breaks the way to it
  'testing.e2e-spec',
  'adoption.e2e-spec',
  'contract.e2e-spec',
  'loaded-users.e2e-spec',
  'renewed-cookies.e2e-spec',
  'held-sessions.e2e-spec',
  'streams.e2e-spec',
  'plain-websockets.e2e-spec',
  'plain-messages.e2e-spec',
  'websockets-beside.e2e-spec',
  'graphql-ws.e2e-spec',
  'room.e2e-spec', // brings its own server
  'allowed-hosts.e2e-spec', // what the server does before it asks Redis
  'gateway-start.e2e-spec', // what the start finds in an application; Redis has no part in it
  // start a dozen processes each, of which Redis hears little
  'audit.e2e-spec',
  'operator-command.e2e-spec',
  'proxy.e2e-spec',
  'start.e2e-spec',
  'request-limit.e2e-spec', // what the server does before it asks Redis
  'kept-entries.e2e-spec', // counts commands; each server of a Cluster has to learn a script first
  'cart-bounds.e2e-spec', // how long Redis takes for a million operations
];

const NOT_WITH_AN_ACL = [
  'acl.e2e-spec', // brings its own servers
  'room.e2e-spec', // the same
  'prometheus.e2e-spec', // what promtool says of files and names
  'wire.e2e-spec', // commands as whoever may do everything sends them, on keys without a prefix
];

const hasServer = spawnSync('redis-server', ['--version']).status === 0;
if (!hasServer) {
  skip(
    'the e2e tests with an ACL, on a Cluster and with Sentinel',
    'there is no redis-server: apt-get install redis-server',
  );
}

/**
 * The e2e tests on a server, on a Cluster of three masters, and on a master and a replica that three Sentinels watch: nodes have
 * no more rights there than they need. Each file by itself: suites have those of one server among them.
 *
 * @type {import('jest').Config}
 */
export default {
  ...whole,
  // A file has half a dozen Redis servers of its own.
  maxWorkers: 5,
  projects: hasServer
    ? [
        e2eProject('acl', '*', [], NOT_WITH_AN_ACL),
        e2eProject('cluster', '{*,redis/cluster,redis/slots}', [], ABOUT_ONE_SERVER),
        e2eProject('sentinel', '{*,redis/sentinel}', [], ABOUT_ONE_SERVER),
      ]
    : [],
};
