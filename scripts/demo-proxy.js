// Starts two nodes behind a real nginx, on port 8080.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { startEmbeddedValkey } from '../dist/redis-server/embedded-valkey.js';
import { hasNginx, startNginx } from './nginx.js';

if (!hasNginx()) {
  console.error('There is no nginx here. Install it (Debian: apt-get install nginx-light).');
  process.exit(1);
}

const REDIS_URL = process.env['REDIS_URL'] ?? (await startEmbeddedValkey()).url;
const SESSION_SECRET = process.env['SESSION_SECRET'] ?? randomBytes(32).toString('base64url');
const start = (NODE_NAME, PORT) =>
  spawn(process.execPath, ['dist/server/main.js'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, REDIS_URL, SESSION_SECRET, NODE_NAME, PORT, TRUST_PROXY: '1' },
  });
const nodes = [start('alpha', '3000'), start('beta', '3001')];
const stopNginx = startNginx({ port: 8080, nodes: ['127.0.0.1:3000', '127.0.0.1:3001'] });
console.log('Open http://localhost:8080: each tab lands on one of the nodes.');

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopNginx();
    for (const node of nodes) node.kill();
  });
}
