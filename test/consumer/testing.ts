import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Figure } from '../support/program.js';
import { buildDocumented, type CompilerOptions } from './application.js';
import { run } from './npm.js';
import { proof } from './proofs.js';

const EXAMPLES = { 'app.module.ts': 'docs/testing.md', 'logout.spec.ts': 'docs/testing.md' };
/** What it tests was compiled already. */
const JEST_CONFIG = JSON.stringify({ testMatch: ['**/*.spec.js'], transform: {} });
const JEST = [resolve('node_modules/jest/bin/jest.js'), '--config', JEST_CONFIG];
const VITEST = resolve('node_modules/vitest/vitest.mjs');
/** Nothing but Node is found there: no redis-server. */
const BARE = { ...process.env, PATH: dirname(process.execPath) };

/** Compiles the example of docs/testing.md to a folder beneath the one where the library is installed. */
export async function buildTests(
  installed: string,
  options: CompilerOptions,
  format: 'module' | 'commonjs',
): Promise<void> {
  lend('@jest/globals', installed);
  const types = ['node'];
  await buildDocumented(EXAMPLES, join(installed, 'tests'), { ...options, types }, format);
}

/** Runs what was compiled, with this repository's test runners. */
export async function proveTests(commonjs: string, esm: string): Promise<Figure[]> {
  prepareForVitest(esm);
  return [
    await passes('Jest, CommonJS', join(commonjs, 'tests'), [...JEST]),
    await passes('Jest, ESM', join(esm, 'tests'), ['--experimental-vm-modules', ...JEST]),
    await passes('Vitest, embedded Valkey', join(esm, 'tests-vitest'), [VITEST, 'run'], BARE),
  ];
}

/** The runner's name is all that differs. */
function prepareForVitest(installed: string): void {
  lend('vitest', installed);
  const tests = join(installed, 'tests-vitest');
  const isCompiled = (path: string) => !path.endsWith('.ts');
  cpSync(join(installed, 'tests'), tests, { recursive: true, filter: isCompiled });
  const spec = join(tests, 'logout.spec.js');
  writeFileSync(spec, readFileSync(spec, 'utf8').replace('@jest/globals', 'vitest'));
}

async function passes(
  how: string,
  folder: string,
  args: readonly string[],
  env = process.env,
): Promise<Figure> {
  await run(process.execPath, args, folder, env);
  return proof(how, 'passed', 'passed');
}

/** Lends a package of this repository to a consumer: to install its own would take as long as all the rest. */
function lend(name: string, installed: string): void {
  const path = join(installed, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(resolve('node_modules', name), path);
}
