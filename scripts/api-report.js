// Writes what the packages export to docs/api, or fails where that has changed: nobody changes it without noticing.
//
//   node scripts/api-report.js          fails if docs/api is not as it should be
//   node scripts/api-report.js --write  brings it up to date
import { resolve } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const ENTRIES = {
  library: 'dist/shared-session/index.d.ts',
  testing: 'dist/testing/index.d.ts',
  oidc: 'dist/oidc/index.d.ts',
  metrics: 'dist/metrics/index.d.ts',
  tracing: 'dist/tracing/index.d.ts',
  ws: 'dist/shared-session/ws/index.d.ts',
  client: 'dist/client/client/index.d.ts',
  'client-react': 'dist/client/client/react/index.d.ts',
};
const isToWrite = process.argv.includes('--write');

for (const [name, entry] of Object.entries(ENTRIES)) {
  const { apiReportChanged, succeeded } = Extractor.invoke(configFor(name, entry), {
    localBuild: isToWrite,
    messageCallback: (message) => {
      message.handled = true;
    },
  });
  if (succeeded && (isToWrite || !apiReportChanged)) continue;
  console.error(
    `docs/api/${name}.api.md does not say what ${entry} exports. If the change is meant, run \`npm run api\`.`,
  );
  process.exitCode = 1;
}

/** @type {(name: string, entry: string) => ExtractorConfig} */
function configFor(name, entry) {
  const silent = { default: { logLevel: /** @type {const} */ ('none') } };
  return ExtractorConfig.prepare({
    packageJsonFullPath: resolve('package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: resolve('.'),
      mainEntryPointFilePath: resolve(entry),
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: resolve('tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFolder: resolve('docs/api'),
        reportTempFolder: resolve('build/api'),
        reportFileName: `${name}.api.md`,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: silent,
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
  });
}
