// Starts two nodes, on ports 3000 and 3001, that share one Redis: REDIS_URL, or embedded Valkey.
// Browsers send a cookie to every port of a host, so one login is good for both.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { startEmbeddedValkey } from '../dist/redis-server/embedded-valkey.js';

const REDIS_URL = process.env['REDIS_URL'] ?? (await startEmbeddedValkey()).url;
const SESSION_SECRET = process.env['SESSION_SECRET'] ?? randomBytes(32).toString('base64url');
const HOSTS = ['localhost', '127.0.0.1'];
const NODES = [
  { NODE_NAME: 'alpha', PORT: '3000' },
  { NODE_NAME: 'beta', PORT: '3001' },
];

// Each may show the other's page beside its own, at /side-by-side.
const ALLOWED_ORIGINS = NODES.flatMap(({ PORT }) =>
  HOSTS.map((host) => `http://${host}:${PORT}`),
).join();

const nodes = NODES.map((settings) =>
  spawn(process.execPath, ['dist/server/main.js'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, REDIS_URL, SESSION_SECRET, ALLOWED_ORIGINS, ...settings },
  }),
);

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM'];
for (const signal of SIGNALS) {
  process.on(signal, () => nodes.forEach((node) => node.kill(signal)));
}
for (const node of nodes) {
  // One node alone is no demonstration.
  node.on('exit', () => nodes.forEach((other) => other.kill()));
}

console.log('Open http://localhost:3000/side-by-side');
const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? 'xdg-open';
if (process.stdout.isTTY) {
  // Where there is no desktop, the line above is enough.
  spawn(opener, ['http://localhost:3000/side-by-side'], { stdio: 'ignore' }).on(
    'error',
    () => undefined,
  );
}
