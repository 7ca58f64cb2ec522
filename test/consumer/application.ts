import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { freePort } from '../../src/redis-server/free-port.js';
import { stopAfterwards } from '../support/cleanup.js';
import { eventually } from '../../src/testing/eventually.js';
import { TEST_SECRET } from '../support/test-node.js';
import { Visitor } from '../support/visitor.js';
import { run } from './npm.js';

const COMPILER_OPTIONS = {
  target: 'ES2023',
  module: 'nodenext',
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  esModuleInterop: true,
  lib: ['ES2023'],
};

/** Of the compiler's, those that differ. Only with `skipLibCheck: false` are the types of packages checked, for seconds. */
export interface CompilerOptions {
  readonly skipLibCheck: boolean;
  readonly types?: readonly string[];
  readonly lib?: readonly string[];
}

/** A busy machine starts an application in much longer than a second. */
const PATIENCE_MS = 60_000;

/** An application that runs. */
export interface Running {
  readonly url: string;
  readonly isPlain: true;
}

/** Copies an example of `examples/` to a folder, and compiles it strictly with the packages that are installed above. */
export async function buildExample(
  name: string,
  directory: string,
  { skipLibCheck }: CompilerOptions,
): Promise<void> {
  cpSync(join('examples', name), directory, { recursive: true });
  await compile(directory, '--skipLibCheck', String(skipLibCheck));
}

/** Compiles an example as it was before it adopted the library, and then with the files that adopting it has changed. */
export async function buildAdopted(name: string, directory: string): Promise<void> {
  for (const state of ['before', 'after']) {
    cpSync(join('examples', name, state), directory, { recursive: true });
    await compile(directory);
  }
}

/**
 * Writes examples of the documentation, each starting with `// <name>` there, to a folder, and compiles them.
 *
 * @param examples the document of each, by its name
 */
export async function buildDocumented(
  examples: Readonly<Record<string, string>>,
  directory: string,
  options: CompilerOptions,
  format: 'module' | 'commonjs' = 'module',
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const compilerOptions = { ...COMPILER_OPTIONS, ...options };
  const settings = { compilerOptions, include: ['*.ts'] };
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: format }));
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings));
  for (const [name, document] of Object.entries(examples)) {
    writeFileSync(join(directory, name), exampleIn(document, name));
  }
  await compile(directory);
}

function exampleIn(document: string, name: string): string {
  const blocks = readFileSync(document, 'utf8').matchAll(/```ts\n(\/\/ (\S+)\n[^]*?)```/g);
  const found = [...blocks].find(([, , title]) => title === name)?.[1];
  if (!found) throw new Error(`${document} has no example ${name}.`);
  return found;
}

async function compile(directory: string, ...options: readonly string[]): Promise<void> {
  const { resolve } = createRequire(join(directory, 'package.json'));
  await run(process.execPath, [resolve('typescript/bin/tsc'), ...options], directory);
}

/** Starts a program that serves nobody; whether it runs is seen by what it does. */
export function startProgram(
  directory: string,
  file: string,
  settings: Readonly<Record<string, string>>,
): void {
  const child = spawn(process.execPath, [file], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  stopAfterwards(() => child.kill('SIGKILL'));
}

/** Starts a program of an application, and waits until it listens. */
export async function start(directory: string, file: string, redisUrl: string): Promise<Running> {
  const port = await freePort();
  const settings = { PORT: String(port), SESSION_SECRET: TEST_SECRET };
  startProgram(directory, file, { REDIS_URL: redisUrl, ...settings });
  const app = { url: `http://127.0.0.1:${String(port)}`, isPlain: true } as const;
  await eventually(
    () =>
      new Visitor(app).get('/').then(
        () => true,
        () => false,
      ),
    PATIENCE_MS,
  );
  return app;
}
