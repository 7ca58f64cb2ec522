import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Finds the Redis of the test, and fails on an error reply, too. */
const PRELUDE = 'set -e\nalias redis-cli=\'redis-cli -e -u "$REDIS_URL"\'\n';

/** The shell commands of a document, by the heading above them. */
export class DocumentedCommands {
  readonly #blocks: ReadonlyMap<string, readonly string[]>;

  /**
   * @param document whose blocks of `sh` are meant
   * @param publish the command by which they publish, if it is not that of Redis 7
   */
  constructor(
    document: string,
    private readonly redisUrl: string,
    publish = 'SPUBLISH',
  ) {
    const text = readFileSync(document, 'utf8').replaceAll('SPUBLISH', publish);
    const sections = text.split(/^## /m).slice(1);
    this.#blocks = new Map(
      sections.map((section) => {
        const [heading = ''] = section.split('\n', 1);
        const blocks = [...section.matchAll(/^```sh\n([^]*?)^```$/gm)];
        return [heading, blocks.map(([, commands = '']) => commands)];
      }),
    );
  }

  /** How many blocks of commands stand under each heading that has any. */
  get counts(): Record<string, number> {
    const found = [...this.#blocks].filter(([, { length }]) => length > 0);
    return Object.fromEntries(found.map(([heading, { length }]) => [heading, length]));
  }

  /** Runs a block, and resolves with what it printed. Rejects if a command fails. */
  async run(heading: string, variables: NodeJS.ProcessEnv = {}, index = 0): Promise<string> {
    const commands = this.#blocks.get(heading)?.[index];
    if (commands === undefined) throw new Error(`No commands stand under "${heading}".`);
    const env = { PATH: process.env['PATH'], REDIS_URL: this.redisUrl, ...variables };
    const { stdout } = await run('sh', ['-c', PRELUDE + commands], { env });
    return stdout.trim();
  }
}
