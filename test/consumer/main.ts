import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startEmbeddedValkey } from '../../src/server/redis/embedded-valkey.js';
import { stopAfterwards } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../../src/server/redis/free-port.js';
import { type Figure, program, report } from '../support/program.js';
import { TEST_SECRET } from '../support/test-node.js';
import { Visitor } from '../support/visitor.js';

const PACKAGES = [
  '@nestjs/common@12',
  '@nestjs/core@12',
  '@nestjs/platform-express@12',
  '@nestjs/platform-socket.io@12',
  '@nestjs/websockets@12',
  'connect-redis@9',
  'express-session@1',
  'redis@6',
  'reflect-metadata',
  'rxjs@7',
];
/** For the variant, and to compile the examples. */
const EXTRAS = [
  'passport@0.7',
  'typescript@6',
  '@types/node@20',
  '@types/express@5',
  '@types/express-session@1',
  '@types/passport@1',
];
/** Packages published until then are installed, so that a release of today fails nobody's change; `NEWEST=true` lifts it. */
const PUBLISHED_BEFORE = process.env['NEWEST'] ? [] : ['--before=2026-11-24'];
/** Of these, private parts are used; Nest pins the first, and the others follow from it. */
const TESTED = ['socket.io', 'engine.io', 'socket.io-adapter', '@socket.io/redis-adapter', 'ws'];
/** Of what was built before: packing need not build it once more. */
const PACK = ['pack', '--json', '--ignore-scripts', '--pack-destination'];
const LIBRARY = /^(dist\/shared-session\/|README\.md$|LICENSE$|package\.json$)/;

// Packs the library, installs it into an application that knows nothing else of this repository, and
// runs the examples of the documentation there.
await program(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'consumer-'));
  stopAfterwards(() => {
    rmSync(directory, { recursive: true });
  });
  const packed = pack('.', directory);
  install(directory, join(directory, packed.filename), ...PACKAGES, ...EXTRAS);
  extract('README.md', 'app.ts', directory);
  extract('docs/adopting.md', 'passport.ts', directory);
  compile(directory, ['node', 'passport']);
  const frontEnd = prepareFrontEnd(directory);

  const valkey = await startEmbeddedValkey();
  stopAfterwards(() => valkey.stop());
  const own = await start(directory, 'app.js', valkey.url);
  const withPassport = await start(directory, 'passport.js', valkey.url);
  return report('The packed library in an application of its own', [
    proofOfContents(packed),
    ...proofOfVersions(directory),
    proof('what a front end installs of a server', serverPackagesIn(frontEnd), 'nothing'),
    ...(await proveOwnLogin(own)),
    await proveBounds(own),
    ...(await provePassport(withPassport)),
  ]);
});

/** What `npm pack` says that it packed. */
interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string }>>;
}

interface App {
  readonly url: string;
  readonly isPlain: true;
}

/** Packs the folder of a package. */
function pack(folder: string, directory: string): Packed {
  const [packed] = JSON.parse(run('npm', [...PACK, directory], resolve(folder))) as [Packed];
  return packed;
}

function install(directory: string, ...packages: readonly string[]): void {
  const settings = { name: 'consumer', private: true, type: 'module' };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(settings));
  const quietly = ['--no-audit', '--no-fund', '--silent'];
  run('npm', ['install', ...quietly, ...PUBLISHED_BEFORE, ...packages], directory);
}

/** A front end of its own, which installs the client alone and compiles the client's example. */
function prepareFrontEnd(directory: string): string {
  const frontEnd = join(directory, 'front-end');
  mkdirSync(frontEnd);
  const client = join(frontEnd, pack('dist/client', frontEnd).filename);
  install(frontEnd, client, 'socket.io-client@4', 'typescript@6');
  extract('docs/client.md', 'tally.ts', frontEnd);
  compile(frontEnd, [], ['ES2023', 'DOM']);
  return frontEnd;
}

function serverPackagesIn(directory: string): string {
  const names = ['@nestjs', 'express', 'express-session', 'redis', 'nestjs-shared-session'];
  const found = names.filter((name) => existsSync(join(directory, 'node_modules', name)));
  return found.join(' ') || 'nothing';
}

function proofOfContents({ files }: Packed): Figure {
  const others = files.map(({ path }) => path).filter((path) => !LIBRARY.test(path));
  return proof('packed beside the library', others.join(' ') || 'nothing', 'nothing');
}

/** Each in one copy; the tests may have run with a version of another day. */
function proofOfVersions(directory: string): Figure[] {
  const [got, tested] = [versionsIn(directory), versionsIn('.')];
  return TESTED.map((name) => ({
    what: `${name} of a consumer`,
    measured: got(name).join(' and '),
    target: `one, as ${tested(name).join(' and ')}`,
    met: got(name).length === 1,
  }));
}

/** The versions of a package that a lock file has, wherever they are installed. */
function versionsIn(directory: string): (name: string) => string[] {
  const lock = JSON.parse(readFileSync(join(directory, 'package-lock.json'), 'utf8')) as Lock;
  const packages = Object.entries(lock.packages);
  return (name) => {
    const found = packages.filter(([path]) => path.endsWith(`node_modules/${name}`));
    return [...new Set(found.map(([, { version }]) => version))];
  };
}

async function proveOwnLogin(app: App): Promise<Figure[]> {
  const visitor = new Visitor(app);
  await visitor.post('/login');
  const socket = visitor.socket();
  await socket.ready();
  const who = await socket.get<{ name: string }>('chat:who');
  const said = await socket.get<string>('chat:say', 'hello');
  const refused = await socket.ask('chat:say', '');

  const slow = visitor.post('/theme');
  const { cookie } = visitor;
  await visitor.post('/logout');
  const ended = await socket.next<{ reason: string }>('session:ended');
  const { status } = await slow;
  visitor.cookie = cookie;
  const after = await visitor.get('/profile');
  return [
    proof('the socket has the user', who.name, 'Ada'),
    proof('handlers answer', said, 'Ada: hello'),
    proof('a bad payload is refused', refused.ok ? 'ok' : refused.error.code, 'INVALID_PAYLOAD'),
    proof('logout closes the socket', ended.reason, 'signed-out'),
    proof('a slow save is refused', String(status), '401'),
    proof('and does not bring the session back', String(after.status), '401'),
  ];
}

/** The bounds stand on a class of `ws` that engine.io is given. */
async function proveBounds(app: App): Promise<Figure> {
  const visitor = new Visitor(app);
  await visitor.post('/login');
  const socket = visitor.socket();
  await socket.ready();
  const closed = socket.next<string>('disconnect');
  for (let sent = 0; sent < 1000; sent += 1) socket.client.emit('chat:who');
  return proof('a flood of events is cut off', await closed, 'transport close');
}

async function provePassport(app: App): Promise<Figure[]> {
  const visitor = new Visitor(app);
  await visitor.post('/login');
  const socket = visitor.socket();
  await socket.ready();
  const who = await socket.get<{ id: string }>('chat:who');
  await visitor.post('/logout');
  const ended = await socket.next<{ reason: string }>('session:ended');
  return [
    proof('Passport: the socket has the user', who.id, '42'),
    proof('Passport: logout closes the socket', ended.reason, 'replaced'),
  ];
}

function proof(what: string, measured: string, target: string): Figure {
  return { what, measured, target, met: measured === target };
}

/** Writes the example that starts with `// <name>` in a document to a file of that name. */
function extract(document: string, name: string, directory: string): void {
  const blocks = readFileSync(document, 'utf8').matchAll(/```ts\n(\/\/ (\S+)\n[^]*?)```/g);
  const found = [...blocks].find(([, , title]) => title === name)?.[1];
  if (!found) throw new Error(`${document} has no example ${name}.`);
  writeFileSync(join(directory, name), found);
}

function compile(directory: string, types: readonly string[], lib = ['ES2023']): void {
  const compilerOptions = {
    target: 'ES2023',
    module: 'nodenext',
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: false,
    esModuleInterop: true,
    lib,
    types,
  };
  const settings = { compilerOptions, include: ['*.ts'] };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings));
  run('node', ['node_modules/typescript/bin/tsc'], directory);
}

async function start(directory: string, file: string, redisUrl: string): Promise<App> {
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    PORT: String(port),
    REDIS_URL: redisUrl,
    SESSION_SECRET: TEST_SECRET,
  };
  const child: ChildProcess = spawn(process.execPath, [file], {
    cwd: directory,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  stopAfterwards(() => child.kill('SIGKILL'));
  const app = { url: `http://127.0.0.1:${String(port)}`, isPlain: true } as const;
  await eventually(
    () =>
      new Visitor(app).get('/').then(
        () => true,
        () => false,
      ),
    20_000,
  );
  return app;
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  return stdout;
}
