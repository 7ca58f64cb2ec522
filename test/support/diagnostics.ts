import { readFileSync } from 'node:fs';
import {
  type DiagnosticsName,
  onDiagnostics,
  type SharedSessionDiagnostics,
} from '../../src/shared-session/index.js';
import { eventually } from '../../src/testing/eventually.js';

/** Names of the channels by docs/diagnostics.md, each with the fields of its messages, sorted. */
export const DOCUMENTED: ReadonlyMap<string, readonly string[]> = new Map(
  [
    ...readFileSync('docs/diagnostics.md', 'utf8').matchAll(/^\| `([a-z.-]+)` .*\| ([^|]+) \|$/gm),
  ].map(([, name = '', fields = '']) => {
    const names = [...fields.matchAll(/`(\w+)`/g)].map(([, field = '']) => field);
    return [name, names.sort()];
  }),
);

export function documentedFields(name: DiagnosticsName): readonly string[] {
  return DOCUMENTED.get(name) ?? [];
}

interface Entry {
  readonly name: string;
  readonly message: SharedSessionDiagnostics[DiagnosticsName];
}

/** All that is published, in the order in which it was, until it is closed. */
export class Diary {
  readonly #entries: Entry[] = [];
  readonly #read = new Set<Entry>();
  readonly #stops = [...DOCUMENTED.keys()].map((name) =>
    onDiagnostics(name as DiagnosticsName, (message) => this.#entries.push({ name, message })),
  );

  /** The next message of that name that is wanted and was not read yet. */
  async next<Name extends DiagnosticsName>(
    name: Name,
    isWanted: (message: SharedSessionDiagnostics[Name]) => boolean,
  ): Promise<SharedSessionDiagnostics[Name]> {
    // By its name a message has its type.
    const messageOf = ({ message }: Entry) => message as SharedSessionDiagnostics[Name];
    const found = await eventually(() =>
      this.#entries.find(
        (each) => each.name === name && !this.#read.has(each) && isWanted(messageOf(each)),
      ),
    );
    this.#read.add(found);
    return messageOf(found);
  }

  /** All of it, as JSON. */
  get text(): string {
    return JSON.stringify(this.#entries);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }
}
