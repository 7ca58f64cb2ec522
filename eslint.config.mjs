import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Imports point one way; each rule names what a folder must not reach for. */
const forbid = (files, ...patterns) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: patterns.map(([regex, message]) => ({ regex, message })) },
    ],
  },
});

const LIBRARY_FROM_OUTSIDE = [
  'shared-session/(?!index\\.js$)',
  'Import the library by its index.js, as an outside application would.',
];
const CONFIG = ['/config/', 'Only main, app.module and configure-app read the configuration.'];
const OUTSIDE = 'The library imports nothing outside itself.';
const TESTING = ['/testing/', 'What runs in production imports nothing that is for tests.'];
const SERVER = ['/server/', 'What is for any application knows nothing of the reference server.'];
const ENGINE = [
  '^\\.\\./[^.]',
  'What makes the engine faster needs nothing of how sockets are let in.',
];

/** As `forbid`, for what is not there at run time: only its types may be imported. */
const forbidValues = (files, ...patterns) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: patterns.map(([regex, message]) => ({ regex, message, allowTypeImports: true })),
      },
    ],
  },
});

/** A folder of the library, and those above it, from which it imports nothing. */
const room = (name, ...above) =>
  forbid(
    [`src/shared-session/${name}/*.ts`],
    ['^\\.\\./\\.\\./', OUTSIDE],
    [`^\\.\\./(${above.join('|')})/`, 'A folder of the library imports from none above it.'],
  );

export default tseslint.config(
  // The examples are compiled where they are installed, by `npm run test:consumer`.
  { ignores: ['build', 'dist', 'coverage', 'examples', 'node_modules'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './src/client/tsconfig.json', './client-demo/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Nest declares its options as classes, and takes object literals for them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A Nest module is a class that its decorator makes.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['test/**', '**/*.spec.ts'],
    rules: {
      // A suite is one function.
      'max-lines-per-function': 'off',
    },
  },
  {
    // A list, which no split would make clearer.
    files: ['test/proofs/protections.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  forbid(['src/shared-session/*.ts'], ['^\\.\\./', OUTSIDE]),
  forbid(['src/shared-session/*/*.ts'], ['^\\.\\./\\.\\./', OUTSIDE]),
  forbid(
    ['src/shared-session/session/*.ts'],
    ['^\\.\\./', 'What a session is needs no other folder.'],
  ),
  room('diagnostics', 'redis', 'store', 'signals', 'links', 'access', 'socket', 'http'),
  room('store', 'signals', 'links', 'access', 'socket', 'http'),
  room('signals', 'links', 'access', 'socket', 'http'),
  room('limits', 'links', 'socket', 'http'),
  room('links', 'access', 'socket', 'http', 'ws'),
  room('access', 'http'),
  room('socket', 'http', 'ws'),
  forbid(['src/shared-session/socket/engine/*.ts'], ['^\\.\\./\\.\\./\\.\\./', OUTSIDE], ENGINE),
  forbid(
    ['src/client/*.ts'],
    ['^\\.\\./(?!shared-session/)', 'The client knows nothing of a server.'],
  ),
  forbid(
    ['src/client/react/*.ts'],
    ['^\\.\\./(?!index\\.js$)', 'The hooks use the client as an application does.'],
  ),
  forbidValues(
    ['src/client/**/*.ts'],
    ['/shared-session/', 'A page has only the types of the library.'],
  ),
  forbidValues(
    ['client-demo/src/**/*.{ts,tsx}'],
    ['/(shared-session|server)/', 'A page has only the types of the server.'],
  ),
  forbid(['src/testing/*.ts'], LIBRARY_FROM_OUTSIDE, SERVER),
  forbid(['src/oidc/*.ts'], LIBRARY_FROM_OUTSIDE, SERVER, TESTING),
  // The one place where tests look inside a node.
  forbid(['src/testing/node-parts.ts'], SERVER),
  forbid(['src/{metrics,tracing}/*.ts'], LIBRARY_FROM_OUTSIDE, SERVER, TESTING),
  forbid(['src/redis-server/*.ts'], LIBRARY_FROM_OUTSIDE, SERVER, TESTING),
  forbid(['src/server/**/*.ts'], TESTING),
  forbid(
    ['src/server/{accounts,cart,catalog,devices,health,metrics}/**/*.ts'],
    LIBRARY_FROM_OUTSIDE,
    CONFIG,
    TESTING,
  ),
  forbid(['src/server/redis/**/*.ts'], LIBRARY_FROM_OUTSIDE, CONFIG, TESTING),
);
