import type { Response } from 'express';

/** A response whose answer was given, to whoever adds to it. What would change it throws, as Node's own methods do then. */
const GIVEN = {
  end(this: Response) {
    return this;
  },
  write: () => false,
  flushHeaders: () => undefined,
  setHeader: refuse,
  appendHeader: refuse,
  removeHeader: refuse,
  writeHead: refuse,
};
/** To whoever asks it. */
const IS_GIVEN: Getters = { headersSent: { get: () => true, configurable: true } };
const HAS_ENDED: Getters = { writableEnded: { get: () => true, configurable: true } };

type Getters = PropertyDescriptorMap;

/** Headers that describe the body of one answer, and say nothing true of another. */
const OF_THE_BODY = [
  'Content-Length',
  'Content-Type',
  'Content-Encoding',
  'Content-Disposition',
  'Content-Range',
  'Transfer-Encoding',
  'Cache-Control',
  'Last-Modified',
  'ETag',
  'Location',
];

/** An answer that was given and has not left. */
export interface HeldAnswer {
  /** Lets the answer leave: the response is as it was when it was given. */
  release(): void;
  /** Gives the answer up: the response is free for another. */
  discard(): void;
}

/**
 * Holds an answer back that was given with `end()`, until it is clear whether it may leave. To everybody
 * else the response has ended: the first answer stands, as it does without this.
 */
export function holdAnswer(response: Response): HeldAnswer {
  const { statusCode, statusMessage } = response;
  const own = Object.keys(GIVEN)
    .map((name) => [name, ownOf(response, name)] as const)
    .reverse();
  Object.defineProperties(response, HAS_ENDED);
  Object.assign(response, GIVEN);
  Object.defineProperties(response, IS_GIVEN);
  const release = (): void => {
    // In reverse: V8 keeps an object fast that loses the properties first that it got last.
    Reflect.deleteProperty(response, 'headersSent');
    for (const [name, method] of own) {
      if (method === undefined) Reflect.deleteProperty(response, name);
      else Reflect.set(response, name, method);
    }
    Object.assign(response, { statusCode, statusMessage });
  };
  return {
    release,
    discard() {
      release();
      Reflect.deleteProperty(response, 'writableEnded');
      for (const name of OF_THE_BODY) response.removeHeader(name);
      // What comes instead is an error, of this moment alone.
      response.setHeader('Cache-Control', 'no-store');
    },
  };
}

/** A method that somebody gave the response itself. */
function ownOf(response: Response, name: string): unknown {
  return Object.hasOwn(response, name) ? (Reflect.get(response, name) as unknown) : undefined;
}

function refuse(): never {
  const error = new Error('Cannot change headers after they are sent to the client');
  throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' });
}
