// Makes CommonJS of what was built as ESM, for tools that cannot require ESM, such as Jest. The types are the same.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const FOLDERS = {
  'dist/metrics': 'dist/cjs/metrics',
  'dist/redis-server': 'dist/cjs/redis-server',
  'dist/oidc': 'dist/cjs/oidc',
  'dist/shared-session': 'dist/cjs/shared-session',
  'dist/testing': 'dist/cjs/testing',
  'dist/tracing': 'dist/cjs/tracing',
  'dist/client/client': 'dist/client/cjs/client',
  'dist/client/shared-session': 'dist/client/cjs/shared-session',
};
const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 };

for (const [from, to] of Object.entries(FOLDERS)) {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    const [source, target] = [join(from, name), join(to, name)];
    mkdirSync(dirname(target), { recursive: true });
    if (name.endsWith('.d.ts')) copyFileSync(source, target);
    if (name.endsWith('.js')) writeFileSync(target, toCommonJs(source));
  }
}
for (const folder of ['dist/cjs', 'dist/client/cjs']) {
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}

function toCommonJs(/** @type {string} */ file) {
  const esm = readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  return ts.transpileModule(esm, { compilerOptions, fileName: file }).outputText;
}
