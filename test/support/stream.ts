import type { TestNode, Visitor } from '../../src/testing/index.js';
import { stopAfterwards } from './cleanup.js';

/** An answer that is read as it comes. */
export class Stream {
  readonly #stopped = new AbortController();
  readonly #answer: Promise<Response>;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  text = '';

  constructor({ url }: Pick<TestNode, 'url'>, path: string, { cookie }: Pick<Visitor, 'cookie'>) {
    this.#answer = fetch(new URL(path, url), { headers: { cookie }, signal: this.#stopped.signal });
    stopAfterwards(() => {
      this.close();
    });
  }

  close(): void {
    this.#stopped.abort();
  }

  /** Reads until a text comes, and resolves with true; with false if the answer ends before. */
  async brings(text: string): Promise<boolean> {
    this.#reader ??= (await this.#answer).body?.getReader();
    while (!this.text.includes(text)) {
      const { value, done = true } = (await this.#reader?.read()) ?? {};
      if (done) return false;
      this.text += Buffer.from(value ?? []).toString();
    }
    return true;
  }

  /** Reads to the end. */
  async rest(): Promise<string> {
    await this.brings('what never comes');
    return this.text;
  }
}
