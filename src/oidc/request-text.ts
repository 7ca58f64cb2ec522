import type { Request } from 'express';
import { RefusedTokenError } from './token.errors.js';
import { LONGEST_TOKEN } from './token-verifier.js';

/** A token with what may be around it in a form. */
const MOST_BYTES = 2 * LONGEST_TOKEN;

/**
 * The body of a request as text: nobody parses that of a security event. Of one that is too large, nothing is kept: whoever sends it
 * gets an answer when it is over, or is cut off by Node's `requestTimeout`.
 *
 * @throws RefusedTokenError when it is too large, or breaks off
 */
export async function requestText(request: Request): Promise<string> {
  const body: unknown = request.body;
  // An application may have a parser of its own for texts.
  if (typeof body === 'string') return body;
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length;
      if (length <= MOST_BYTES) parts.push(part);
    }
  } catch (cause) {
    throw new RefusedTokenError('The body breaks off.', 'invalid_request', { cause });
  }
  if (length > MOST_BYTES) throw new RefusedTokenError('The body is too large.');
  return Buffer.concat(parts).toString('utf8');
}
