// Fails when the browser client, minified and compressed, has grown beyond its limit.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const LIMIT_BYTES = 6 * 1024;

const { outputFiles } = await build({
  entryPoints: ['src/client/index.ts'],
  external: ['socket.io-client'],
  bundle: true,
  format: 'esm',
  minify: true,
  write: false,
});
const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
console.log(`The browser client takes ${bytes} of ${LIMIT_BYTES} bytes (minified, gzip).`);
if (bytes > LIMIT_BYTES) process.exitCode = 1;
