import type { Response } from 'express';

/** What would change an answer that has been given. Node throws then, and so do these. */
const REFUSED = ['setHeader', 'appendHeader', 'removeHeader', 'writeHead'] as const;

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
  const restore = override(response, {
    headersSent: { get: () => true },
    end: { value: () => response },
    write: { value: () => false },
    flushHeaders: { value: () => undefined },
    ...Object.fromEntries(REFUSED.map((name) => [name, { value: refuse }])),
  });
  const open = override(response, { writableEnded: { get: () => true } });
  const release = (): void => {
    restore();
    Object.assign(response, { statusCode, statusMessage });
  };
  return {
    release,
    discard() {
      release();
      open();
      for (const name of OF_THE_BODY) response.removeHeader(name);
    },
  };
}

/** Replaces properties of an object. What is returned brings back those that it had. */
function override(target: object, properties: PropertyDescriptorMap): () => void {
  const before = Object.keys(properties).map(
    (name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const,
  );
  for (const [name, property] of Object.entries(properties)) {
    Object.defineProperty(target, name, { ...property, configurable: true });
  }
  return () => {
    for (const [name, property] of before) {
      if (property) Object.defineProperty(target, name, property);
      else Reflect.deleteProperty(target, name);
    }
  };
}

function refuse(): never {
  const error = new Error('Cannot change headers after they are sent to the client');
  throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' });
}
