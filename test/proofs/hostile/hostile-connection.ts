import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Answers, quote } from './answers.js';
import { closePayload, frame, OPCODES, textFrame } from './frame.js';
import { FrameReader, type ReceivedFrame } from './frame-reader.js';
import type { Witness } from './witness.js';

/** Nobody waits longer for anything. */
export const PATIENCE_MS = 8000;
const HEAD_END = '\r\n\r\n';

type Watcher = (message: string | undefined) => void;

/** A client that writes every byte itself, over TCP. */
export class HostileConnection {
  readonly answers: Answers;
  /** Resolves when nothing is left of the connection. */
  readonly closed: Promise<void>;
  isClosed = false;
  /** How many bytes came. */
  received = 0;
  pongs = 0;
  /** How often it was let into the namespace `/`. */
  readies = 0;
  readonly #stream: Socket;
  readonly #reader = new FrameReader();
  readonly #watchers = new Set<Watcher>();
  #head: string | undefined = '';
  #hasSaidWhy = false;

  constructor(
    private readonly witness: Witness,
    at: URL,
  ) {
    this.answers = new Answers(witness);
    this.#stream = connect({ port: Number(at.port), host: at.hostname, noDelay: true });
    this.#stream.on('error', ({ code = 'error' }: NodeJS.ErrnoException) => {
      this.#because(code);
      if (code === 'ECONNREFUSED') witness.violate('no connection: refused');
    });
    this.#stream.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    this.closed = new Promise((resolve) => {
      this.#stream.once('close', () => {
        this.#gone();
        resolve();
      });
    });
  }

  get isJoined(): boolean {
    return this.readies > 0;
  }

  /** Writes bytes as they are; they count as so many frames. */
  write(bytes: Buffer | string, frames = 1): void {
    if (this.isClosed) return;
    this.witness.sent(frames);
    this.#stream.write(bytes);
  }

  /** Sends texts, each in a frame as it should be, all at once. */
  send(...texts: string[]): void {
    this.write(Buffer.concat(texts.map(textFrame)), texts.length);
  }

  /** Sends events that must be answered, each a JSON array as text. */
  ask(...events: string[]): void {
    if (this.isClosed) return;
    this.send(...events.map((event) => `42${String(this.answers.expect(event))}${event}`));
  }

  /** The next text that is like this; undefined if the connection closes first, or none comes in time. */
  async next(pattern: RegExp): Promise<string | undefined> {
    if (this.isClosed) return undefined;
    let watcher: Watcher = () => undefined;
    const found = new Promise<string | undefined>((resolve) => {
      watcher = (message) => {
        if (message === undefined || pattern.test(message)) resolve(message);
      };
      this.#watchers.add(watcher);
    });
    const message = await inTime(found);
    this.#watchers.delete(watcher);
    return message;
  }

  /** Whether the connection is closed within some time. */
  async closes(withinMs = PATIENCE_MS): Promise<boolean> {
    await inTime(this.closed, withinMs);
    return this.isClosed;
  }

  /** Waits until all that must be answered is; what is not by then is a violation. */
  async settle(): Promise<void> {
    await inTime(this.answers.settled());
    const { missing } = this.answers;
    if (missing.length === 0) return;
    this.witness.violate(`no answer to ${String(missing.length)}: ${missing[0] ?? ''}`);
    this.answers.abandon();
  }

  /** Reads no more, until `resume`. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Closes its own direction. */
  halfClose(): void {
    this.#stream.end();
  }

  /** Sends what was written, then a reset. */
  reset(): void {
    this.#because('left');
    if (this.#stream.connecting || this.#stream.writableLength > 0) {
      this.#stream.write('', () => this.#stream.resetAndDestroy());
    } else this.#stream.resetAndDestroy();
  }

  /** Leaves as a client should. */
  leave(): void {
    this.#because('left');
    if (this.isClosed) return;
    this.#stream.resume();
    this.#stream.end(frame({ opcode: OPCODES.close, payload: closePayload(1000) }));
  }

  #read(chunk: Buffer): void {
    this.received += chunk.length;
    if (this.#head === undefined) this.#readFrames(chunk);
    else this.#readHead(this.#head + chunk.toString('latin1'));
  }

  #readHead(text: string): void {
    const end = text.indexOf(HEAD_END);
    this.#head = text;
    if (end < 0) return;
    const status = Number(text.slice(9, 12));
    if (status >= 500 && status !== 503) this.witness.violate(`HTTP ${text.slice(9, 60)}`);
    if (status !== 101) {
      this.#because(`HTTP ${String(status)}`);
      return;
    }
    this.#head = undefined;
    this.#readFrames(Buffer.from(text.slice(end + HEAD_END.length), 'latin1'));
  }

  #readFrames(chunk: Buffer): void {
    for (const received of this.#reader.read(chunk)) this.#take(received);
  }

  #take({ opcode, payload }: ReceivedFrame): void {
    if (opcode === OPCODES.pong) this.pongs += 1;
    if (opcode === OPCODES.close) {
      this.#because(`closed ${String(payload.length >= 2 ? payload.readUInt16BE() : 1005)}`);
      this.#stream.end();
    }
    if (opcode === OPCODES.text) this.#hear(payload.toString());
  }

  #hear(message: string): void {
    const [, id, body] = /^43(\d+)(.*)$/s.exec(message) ?? [];
    if (id !== undefined) this.answers.receive(Number(id), body ?? '');
    if (message.startsWith('42["session:ready"')) this.readies += 1;
    if (message.startsWith('44')) this.#hearRefusal(message);
    for (const watcher of this.#watchers) watcher(message);
  }

  #hearRefusal(message: string): void {
    const code = /"code":"(\w+)"/.exec(message)?.[1] ?? /"message":"([\w ]+)"/.exec(message)?.[1];
    this.witness.note(`refused ${code ?? ''}`);
    if (code === 'INTERNAL') this.witness.violate(`refused INTERNAL: ${quote(message)}`);
  }

  /** Takes down why the connection closes; the first reason counts. */
  #because(reason: string): void {
    if (this.#hasSaidWhy) return;
    this.#hasSaidWhy = true;
    this.witness.note(reason);
  }

  #gone(): void {
    this.isClosed = true;
    this.#because('closed');
    this.answers.abandon();
    for (const watcher of this.#watchers) watcher(undefined);
  }
}

async function inTime<T>(work: Promise<T>, withinMs = PATIENCE_MS): Promise<T | undefined> {
  const over = new AbortController();
  const late = pause(withinMs, undefined, { signal: over.signal }).catch(() => undefined);
  const result = await Promise.race([work, late]);
  over.abort();
  return result;
}
