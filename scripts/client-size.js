// Fails when the browser client, minified and compressed, has grown beyond its limit, alone or with its React hooks.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const CORE_BYTES = 6 * 1024;
const REACT_BYTES = 2 * 1024;

const core = await sizeOf("export * from './src/client/index.js'");
const both = await sizeOf(
  "export * from './src/client/index.js'; export * from './src/client/react/index.js'",
);
check('The browser client takes', core, CORE_BYTES);
check('Its React hooks take', both - core, REACT_BYTES);

async function sizeOf(/** @type {string} */ contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: '.' },
    external: ['react', 'socket.io-client'],
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

function check(
  /** @type {string} */ what,
  /** @type {number} */ bytes,
  /** @type {number} */ limit,
) {
  console.log(`${what} ${bytes} of ${limit} bytes (minified, gzip).`);
  if (bytes > limit) process.exitCode = 1;
}
