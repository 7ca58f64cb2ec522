import type { WebSocket } from 'ws';
import type { CutReason } from '../diagnostics/messages.js';
import { endedMessage } from '../links/ended-message.js';
import type { SessionHold, SessionNews } from '../links/session-hold.js';
import type { CloseReason } from '../session/end-reason.js';
import { BoundedWebSocket } from '../socket/engine/bounded-websocket.js';
import { noteClosing } from '../socket/engine/closings.js';
import { MAX_WAITING_BYTES } from '../socket/engine/send-buffer.js';
import { CLOSE_CODES, closeCodeOfEnd } from './close-codes.js';

type Send = Parameters<WebSocket['send']>;
type Data = Send[0];
type SendOptions = Send[1];
type Done = (error?: Error) => void;

/** In what form the library tells clients of an event. */
export type Format = (event: string, data: unknown) => string;

const CUTS: Partial<Record<CutReason, readonly [code: number, reason: string]>> = {
  slow: [CLOSE_CODES.timeout, 'slow'],
  'sent too much': [CLOSE_CODES.tooMany, 'slow-down'],
  'sent binary data': [CLOSE_CODES.unsupportedData, 'text only'],
};

/**
 * A client's WebSocket that lives no longer than its session. What the server sends after the session's end does not leave, what
 * the client sends is not seen; nor is either while this node does not hear of the session.
 */
export class SessionWebSocket extends BoundedWebSocket {
  #hold: SessionHold | undefined;
  #format: Format | undefined;
  /** From here on nothing goes in or out. */
  #isOver = false;
  #isSilent = false;

  /** Whether messages go in and out. */
  isOpen(): boolean {
    return this.readyState === this.OPEN && !this.#isOver;
  }

  /** Lets it live as long as a session, until it is closed. */
  holdBy(hold: SessionHold, format: Format | undefined): void {
    this.#hold = hold;
    this.#format = format;
    this.once('close', () => {
      hold.release();
    });
  }

  tell<Name extends keyof SessionNews>(event: Name, data: SessionNews[Name]): void {
    const text = this.#format?.(event, data);
    if (text !== undefined) this.send(text);
  }

  /** Tells the client why, and closes. */
  readonly end = (reason: CloseReason): void => {
    if (this.#isOver) return;
    const text = this.#format?.('session:ended', endedMessage(reason));
    if (text !== undefined && this.readyState === this.OPEN) super.send(text);
    this.bar(closeCodeOfEnd(reason), reason);
  };

  /** Closes; nothing goes in or out from the return on. */
  bar(code: number, reason: string): void {
    this.#isOver = true;
    // The answer to what is sent here must be read.
    this.resume();
    this.close(code, reason);
  }

  /** Asks for a sign of life. Whoever gave none since the last time is closed. */
  probe(): void {
    if (this.#isSilent) {
      this.bar(CLOSE_CODES.timeout, 'timeout');
      return;
    }
    this.#isSilent = true;
    if (this.readyState === this.OPEN) this.ping();
  }

  override send(data: Data, ...rest: readonly (SendOptions | Done | undefined)[]): void {
    const done = rest.find((each) => typeof each === 'function');
    const options = rest.find((each) => typeof each === 'object') ?? {};
    if (this.#mayPass() && !this.#isSlow()) super.send(data, options, done);
    // As if it was sent: whoever waits for that goes on.
    else if (done) process.nextTick(done);
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'message' || event === 'pong') this.#isSilent = false;
    if (event === 'message' && !this.#mayPass()) return false;
    return super.emit(event, ...args);
  }

  protected override cutOff(reason: CutReason): void {
    const [code, text] = CUTS[reason] ?? [CLOSE_CODES.tooMany, reason];
    noteClosing(reason);
    this.bar(code, text);
  }

  #mayPass(): boolean {
    if (this.#hold?.isDeaf) this.end('draining');
    return !this.#isOver;
  }

  #isSlow(): boolean {
    if (this.bufferedAmount <= MAX_WAITING_BYTES) return false;
    this.cutOff('slow');
    return true;
  }
}
