import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Packages published until then are installed, so that a release of today fails nobody's change; `NEWEST=true` lifts it. */
const PUBLISHED_BEFORE = process.env['NEWEST'] ? [] : ['--before=2026-11-24'];
/** Of what was built before: packing need not build it once more. */
const PACK = ['pack', '--json', '--ignore-scripts', '--pack-destination'];
/** A conflict of peers that npm would settle by itself fails, too. */
const INSTALL = ['install', '--strict-peer-deps', '--prefer-offline', '--no-audit', '--no-fund'];

/** What `npm pack` says that it packed. */
export interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

export type Dependencies = Readonly<Record<string, string>>;

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string }>>;
}

/** Packs the folder of a package. */
export async function pack(folder: string, directory: string): Promise<Packed> {
  const { stdout } = await run('npm', [...PACK, directory], resolve(folder));
  const [packed] = JSON.parse(stdout) as [Packed];
  return packed;
}

/** What a package says that it needs, to run and to be compiled; this repository's Jest will do. */
export function dependenciesOf(folder: string): Dependencies {
  const text = readFileSync(join(folder, 'package.json'), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(text) as Record<string, Dependencies>;
  const needed = Object.entries({ ...dependencies, ...devDependencies });
  return Object.fromEntries(needed.filter(([name]) => name !== 'jest'));
}

/** Installs packages into a folder of their own. Gives what npm had to say about their peers. */
export async function install(directory: string, dependencies: Dependencies): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const settings = { name: 'consumer', private: true, dependencies };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(settings));
  const { stderr } = await run('npm', [...INSTALL, ...PUBLISHED_BEFORE], directory);
  const warnings = stderr.split('\n').filter((line) => /ERESOLVE|peer/i.test(line));
  return warnings.join(' ') || 'nothing';
}

/** The versions of a package that a lock file has, wherever they are installed. */
export function versionsIn(directory: string): (name: string) => string[] {
  const lock = JSON.parse(readFileSync(join(directory, 'package-lock.json'), 'utf8')) as Lock;
  const packages = Object.entries(lock.packages);
  return (name) => {
    const found = packages.filter(([path]) => path.endsWith(`node_modules/${name}`));
    return [...new Set(found.map(([, { version }]) => version))];
  };
}

/** Which of these packages are installed there. */
export function installedOf(names: readonly string[], directory: string): string {
  const found = names.filter((name) => existsSync(join(directory, 'node_modules', name)));
  return found.join(' ') || 'nothing';
}

/** Runs a program to its end. Fails if it fails, with all that it wrote. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env = process.env,
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    }
    child.once('error', fail).once('close', (code) => {
      if (code === 0) done(output);
      else fail(new Error([command, ...args, 'failed:', output.stdout, output.stderr].join(' ')));
    });
  });
}
