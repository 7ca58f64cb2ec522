import { createHash } from 'node:crypto';
import type { RedisClientType } from 'redis';
import { diagnosticsChannel } from '../diagnostics/channels.js';
import { operationChannel } from '../diagnostics/operations.js';

const ran = diagnosticsChannel('script.ran');
const scripts = operationChannel('script');

type Asked = [client: RedisClientType, keys: readonly string[], args: readonly (string | number)[]];

/**
 * A Lua script that Redis runs atomically. Sent by its SHA-1; the source travels only when Redis
 * does not know it (first use, or a restart).
 *
 * @see https://redis.io/docs/latest/commands/evalsha/
 */
export class RedisScript<Reply> {
  readonly #source: string;
  readonly #sha1: string;

  /** @param name by which what is measured tells scripts apart */
  constructor(
    source: string,
    private readonly name = 'unnamed',
  ) {
    this.#source = source;
    this.#sha1 = createHash('sha1').update(source).digest('hex');
  }

  async run(...asked: Asked): Promise<Reply> {
    if (!scripts.hasSubscribers) return this.#measured(asked);
    return scripts.tracePromise(() => this.#measured(asked), { script: this.name });
  }

  async #measured(asked: Asked): Promise<Reply> {
    if (!ran.hasSubscribers) return this.#run(...asked);
    const startedAt = performance.now();
    let outcome: 'OK' | 'failed' = 'failed';
    try {
      const reply = await this.#run(...asked);
      outcome = 'OK';
      return reply;
    } finally {
      ran.publish({ script: this.name, outcome, durationMs: performance.now() - startedAt });
    }
  }

  async #run(...[client, keys, args]: Asked): Promise<Reply> {
    const parameters = { keys: [...keys], arguments: args.map(String) };
    try {
      return (await client.evalSha(this.#sha1, parameters)) as Reply;
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return (await client.eval(this.#source, parameters)) as Reply;
    }
  }
}
