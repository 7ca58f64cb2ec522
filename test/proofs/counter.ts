import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stopAfterwards } from '../support/cleanup.js';
import { printTable, program } from '../support/program.js';
import { PROTECTIONS, type Protection } from './protections.js';

const COPIED = [
  'src',
  'client-demo',
  'deploy',
  'docs',
  'test',
  'scripts',
  'package.json',
  'jest.config.mjs',
  'jest.redis.config.mjs',
  '.swcrc',
  'dist',
  'build/room',
];

// Takes out one protection at a time, in a copy, and runs the test that is named after it: the test
// must fail then. Whether it passes with the protection is what `npm test` shows.
await program(() => {
  const copy = mkdtempSync(join(tmpdir(), 'counter-proof-'));
  stopAfterwards(() => rmSync(copy, { recursive: true }));
  for (const name of COPIED) cpSync(name, join(copy, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));

  const wanted = process.env['ONLY'];
  const rows = PROTECTIONS.filter(({ name }) => !wanted || name.includes(wanted)).map((each) => {
    const failed = failsWithout(each, copy);
    console.error(`${failed ? 'fails, as it must' : 'STILL PASSES'}: ${each.name}`);
    return [each.name, `${each.file}: ${each.test}`, failed ? 'fails' : 'STILL PASSES'];
  });
  printTable(['protection taken out', 'test', 'the test'], rows);
  return Promise.resolve(rows.every(([, , result]) => result === 'fails'));
});

/** As options of Jest's. */
function projectsFor(file: string): string[] {
  if (file.startsWith('test/redis/')) return ['--config', 'jest.redis.config.mjs'];
  return ['--selectProjects', 'e2e on a Redis server', 'unit'];
}

/** Whether the protection's test fails in a copy without it. */
function failsWithout({ source, code, instead, file, test }: Protection, copy: string): boolean {
  const path = join(copy, source);
  const original = readFileSync(path, 'utf8');
  if (!original.includes(code)) throw new Error(`${source} no longer has:\n${code}`);
  writeFileSync(path, original.replace(code, instead));
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = ['node_modules/jest/bin/jest.js', file, '--testNamePattern', test];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, ...jest, ...projectsFor(file), '--forceExit', '--json'],
    { cwd: copy, encoding: 'utf8', timeout: 180_000 },
  );
  writeFileSync(path, original);
  const ran =
    /"numPassedTests":(\d+)/.exec(stdout)?.[1] !== '0' || /"numFailedTests":[1-9]/.test(stdout);
  if (!ran) throw new Error(`No test matched "${test}" in ${file}:\n${stderr.slice(-2000)}`);
  return status !== 0;
}
