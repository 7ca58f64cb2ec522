import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stopAfterwards } from '../support/cleanup.js';

/** What Docker would make of deploy/Dockerfile, but for the base image. */
export interface Image {
  /** Has the files of the image's folder. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Number of the user, who is its own group. */
  readonly user: number;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

/** Builds the image's files by the script of its build stage, from what .dockerignore lets through. Takes a minute or two. */
export async function buildImage(): Promise<Image> {
  const context = temporaryFolder('context-');
  const folder = temporaryFolder('image-');
  const ignored = ignoredNames();
  for (const name of readdirSync('.').filter((each) => !ignored.test(each))) {
    cpSync(name, join(context, name), { recursive: true });
  }
  const [script = '', target = ''] = /^RUN sh (\S+) (\S+)$/m.exec(dockerfile())?.slice(1) ?? [];
  if (target !== copiedFolder()) throw new Error('The image has another folder than is built.');
  await run(['sh', join(context, script), folder]);
  rmSync(context, { recursive: true });
  return { folder, ...settings() };
}

/** As the Dockerfile's last stage says. */
function settings(): Omit<Image, 'folder'> {
  const last =
    dockerfile()
      .split(/^FROM /m)
      .at(-1) ?? '';
  const variables = /^ENV (.*)$/m.exec(last)?.[1]?.split(' ') ?? [];
  const list = (instruction: string) =>
    JSON.parse(new RegExp(`^${instruction} .*?(\\[.*)$`, 'm').exec(last)?.[1] ?? '') as string[];
  return {
    environment: Object.fromEntries(variables.map((each) => each.split('=') as [string, string])),
    user: Number(/^USER (\d+):\1$/m.exec(last)?.[1]),
    command: list('CMD'),
    healthCheck: list('HEALTHCHECK'),
  };
}

function dockerfile(): string {
  return readFileSync('deploy/Dockerfile', 'utf8');
}

function copiedFolder(): string | undefined {
  return /^COPY --from=build (\S+) \.\/$/m.exec(dockerfile())?.[1];
}

/** Names at the top of the folder, some with a star. */
function ignoredNames(): RegExp {
  const lines = readFileSync('.dockerignore', 'utf8').split('\n');
  const names = lines.filter((line) => line && !line.startsWith('#'));
  const patterns = names.map((name) => name.replaceAll('.', '\\.').replaceAll('*', '.*'));
  return new RegExp(`^(${patterns.join('|')})$`);
}

function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(resolve(tmpdir()), prefix));
  // The image's user must be able to read it.
  chmodSync(folder, 0o755);
  stopAfterwards(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

async function run([command = '', ...words]: readonly string[]): Promise<void> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const read = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${words.join(' ')} failed:\n${output}`);
}
