// Nearly all that a short-lived process costs is the loading of its modules, some 1,500 files.
import { readFile } from 'node:fs/promises';
import * as esbuild from 'esbuild';

/**
 * @typedef {object} Edit
 * @property {string} file the end of its path
 * @property {string} code what it has, once
 * @property {string} instead
 */

/**
 * Puts programs for Node into one file each, with what they share beside them.
 *
 * @param {string} outdir
 * @param {Record<string, string>} entryPoints the path of each under `outdir`, and its source
 * @param {readonly Edit[]} [edits] changes to the files that they are made of
 */
export async function bundle(outdir, entryPoints, edits = []) {
  await esbuild.build({
    entryPoints,
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    keepNames: true,
    plugins: [editing(edits)],
    // Packages with files of their own beside the code, and those that Nest looks for and does without.
    external: ['@node-rs/argon2', '@nestjs/microservices', 'class-transformer', 'class-validator'],
    // Packages in CommonJS ask for Node's own modules by require().
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
  });
}

/**
 * @param {readonly Edit[]} edits
 * @returns {import('esbuild').Plugin}
 */
function editing(edits) {
  return {
    name: 'edit',
    setup(build) {
      const due = new Set(edits);
      build.onLoad({ filter: /\.js$/ }, async ({ path }) => {
        const here = edits.filter(({ file }) => path.endsWith(file));
        if (here.length === 0) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const edit of here) {
          const parts = contents.split(edit.code);
          if (parts.length !== 2) throw new Error(`${edit.file} does not have once:\n${edit.code}`);
          contents = parts.join(edit.instead);
          due.delete(edit);
        }
        return { contents };
      });
      build.onEnd(() => {
        for (const { file } of due) throw new Error(`${file} is in none of the programs.`);
      });
    },
  };
}
