import { resolve } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Service } from 'kubernetes-models/v1/Service';
import ts from 'typescript';

/** A document of a manifest. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
}

/** By the API's own schema, as kubernetes-models has it, whose validators take unknown fields; its types do not. */
const MODELS = {
  'apps/v1/Deployment': Deployment,
  'policy/v1/PodDisruptionBudget': PodDisruptionBudget,
  'v1/Service': Service,
};

/** What Kubernetes would refuse in these objects: wrong values, fields it does not know, kinds that are not expected here. */
export function refusals(objects: readonly KubernetesObject[]): string[] {
  return [...objects.flatMap(wrongValues), ...misfits(objects)];
}

function wrongValues(object: KubernetesObject): string[] {
  const Model = MODELS[pathOf(object) as keyof typeof MODELS] as
    (new (object: unknown) => { validate(): void }) | undefined;
  if (!Model) return [`${pathOf(object)} is not expected here`];
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return [`${object.kind}: ${(error as Error).message}`];
  }
}

/** What the compiler says of the objects as literals of their types. */
function misfits(objects: readonly KubernetesObject[]): string[] {
  const source = objects
    .map((object, index) => {
      const type = `import('kubernetes-models/${pathOf(object)}').I${object.kind}`;
      return `export const object${String(index)}: ${type} = ${JSON.stringify(object)};`;
    })
    .join('\n');
  const options = {
    module: ts.ModuleKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    lib: ['lib.es5.d.ts'],
    types: [],
  };
  const file = resolve('test/proofs/manifest.ts');
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    getSourceFile: (name, ...rest) =>
      name === file
        ? ts.createSourceFile(name, source, ts.ScriptTarget.ESNext)
        : disk.getSourceFile(name, ...rest),
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

function pathOf({ apiVersion, kind }: KubernetesObject): string {
  return `${apiVersion}/${kind}`;
}
