import type { Request, Response } from 'express';
import { sessionOf } from '../access/session-carrier.js';
import { FAREWELL_MS } from '../links/close-in-time.js';
import { endedMessage } from '../links/ended-message.js';
import type { SessionLinks } from '../links/session-links.js';
import type { SessionHold } from '../links/session-hold.js';
import type { CloseReason } from '../session/end-reason.js';

type Method = (...args: unknown[]) => unknown;

/**
 * Ties an answer of server-sent events to the request's session, from its head on: when the session ends, so does the stream,
 * with a last event `session:ended` that says why, as sockets are told. While this node does not hear of the session, nothing is
 * sent: the stream ends as `draining`, and `EventSource` comes back by itself.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function endStreamWithSession(
  request: Request,
  response: Response,
  links: SessionLinks,
): void {
  const writeHead = response.writeHead.bind(response) as Method;
  response.writeHead = function writeStreamHead(...head: unknown[]): Response {
    response.writeHead = writeHead as Response['writeHead'];
    writeHead(...head);
    // Asked first: most answers are no streams.
    const session = isEventStream(response, head) ? sessionOf(request) : null;
    if (session) {
      const stream = new EventStream(response);
      const end = stream.end.bind(stream);
      stream.isHeldBy(links.hold(session, end));
    }
    return response;
  };
}

/** The type may be given with the status, and is then not among the response's headers. */
function isEventStream(response: Response, head: readonly unknown[]): boolean {
  const given = head.find((each) => typeof each === 'object' && each !== null) ?? {};
  const headers = Array.isArray(given) ? pairsOf(given) : Object.entries(given);
  const [, type] = headers.find(([name]) => String(name).toLowerCase() === 'content-type') ?? [];
  return /^text\/event-stream\b/i.test(String(type ?? response.getHeader('Content-Type')));
}

/** Node takes the headers as one list of names and values, or as pairs. */
function pairsOf(list: readonly unknown[]): [unknown, unknown][] {
  if (Array.isArray(list[0])) return list as [unknown, unknown][];
  return list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]]] : []));
}

/** As if it was written: whoever waits for that goes on. */
function discard(...chunk: unknown[]): true {
  const done = chunk.at(-1);
  if (typeof done === 'function') process.nextTick(done);
  return true;
}

/** A response that goes on for as long as its session. */
class EventStream {
  readonly #write: Method;
  #isOpen = true;
  #hold: SessionHold | undefined;

  constructor(private readonly response: Response) {
    this.#write = response.write.bind(response) as Method;
    response.write = ((...chunk: unknown[]) => this.#passOn(chunk)) as Response['write'];
  }

  isHeldBy(hold: SessionHold): void {
    this.#hold = hold;
    this.response.once('close', () => {
      hold.release();
    });
  }

  /** Tells the client why, and ends. Nothing that is written afterwards leaves. */
  end(reason: CloseReason): void {
    if (!this.#isOpen || this.response.writableEnded) return;
    const { response } = this;
    const { retryAfterMs, ...told } = endedMessage(reason);
    const retry = retryAfterMs === undefined ? '' : `retry: ${String(retryAfterMs)}\n`;
    const data = JSON.stringify({ ...told, ...(retry && { retryAfterMs }) });
    // An empty line first: what was written last may have stopped in the middle of an event. By the outermost `write` and `end`:
    // something may compress what goes through them.
    this.#hold = undefined;
    response.write(`\n\n${retry}event: session:ended\ndata: ${data}\n\n`);
    response.end();
    this.#isOpen = false;
    response.write = discard;
    response.end = () => response;
    setTimeout(() => {
      if (!response.closed) response.destroy();
    }, FAREWELL_MS).unref();
  }

  #passOn(chunk: unknown[]): unknown {
    if (this.#hold?.isDeaf) {
      this.end('draining');
      return discard(...chunk);
    }
    return this.#write(...chunk);
  }
}
