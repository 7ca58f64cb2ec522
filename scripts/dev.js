// Builds, serves, and starts the server again at every change. The Redis and the secret are this process's, so
// that whoever is signed in stays signed in: the embedded Valkey of a server would end with it.
import { randomBytes } from 'node:crypto';
import concurrently from 'concurrently';
import { startEmbeddedValkey } from '../dist/redis-server/embedded-valkey.js';

const REDIS_URL = process.env['REDIS_URL'] || (await startEmbeddedValkey()).url;
const SESSION_SECRET = process.env['SESSION_SECRET'] || randomBytes(32).toString('base64url');

const { result } = concurrently(
  [
    'tsc -p tsconfig.build.json --watch --preserveWatchOutput',
    'vite build client-demo --watch --logLevel warn',
    {
      command: 'node --enable-source-maps --watch dist/server/main.js',
      env: { REDIS_URL, SESSION_SECRET },
    },
  ],
  { raw: true, killOthersOn: ['success', 'failure'] },
);
// Ended by hand, or one of them could not start and said why.
result.then(
  () => process.exit(),
  () => process.exit(1),
);
