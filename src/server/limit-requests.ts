import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { type ClientNetworks, RateLimitedError } from '../shared-session/index.js';

/** Far more than a page asks for at once, and few enough that others wait no longer for them. */
const MOST_AT_ONCE = 50;
/** Or who asks whether the node is well would take it out of service, when it is only busy. */
const UNLIMITED = '/health/';
const RETRY_AFTER_SECONDS = 1;
const { code, message, details } = new RateLimitedError(RETRY_AFTER_SECONDS * 1000);
const REFUSED = JSON.stringify({ error: { code, message, details } });

/**
 * Bounds how many requests of one address this node answers at a time: a thousand at once would keep everybody else waiting until
 * each was looked at, even to be refused. Comes before the session and the body are read, so that a refusal costs little.
 */
export function limitRequests(networks: Pick<ClientNetworks, 'of'>): RequestHandler {
  const waiting = new Map<string, Set<Response>>();
  return function limitRequest(request: Request, response: Response, next: NextFunction) {
    if (request.path.startsWith(UNLIMITED)) {
      next();
      return;
    }
    const network = networks.of(request);
    const others = waiting.get(network) ?? new Set();
    if (others.size >= MOST_AT_ONCE) forgetBegun(others);
    if (others.size >= MOST_AT_ONCE) {
      refuse(response);
      return;
    }
    waiting.set(network, others.add(response));
    response.once('close', () => {
      others.delete(response);
      if (others.size === 0 && waiting.get(network) === others) waiting.delete(network);
    });
    next();
  };
}

/** An answer that has begun may be a stream, which is open for long and costs little. */
function forgetBegun(responses: Set<Response>): void {
  for (const response of responses) if (response.headersSent) responses.delete(response);
}

function refuse(response: Response): void {
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(REFUSED),
    'Cache-Control': 'no-store',
    'Retry-After': RETRY_AFTER_SECONDS,
  };
  response.writeHead(429, headers).end(REFUSED);
}
