import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRefusalLog } from './refusal-log.js';

/** With the parsed query that engine.io adds. */
type EngineRequest = IncomingMessage & { readonly _query?: { readonly transport?: unknown } };

const CURE = "connect with { transports: ['websocket'] }";

/** As Engine.IO words it, with what would help: a client finds it in its error's `context.responseText`. */
const REFUSAL = JSON.stringify({
  code: 0,
  message: `Transport unknown: polling is not served, ${CURE}.`,
});

/** Makes an engine middleware that tells a polling client, which Socket.IO's own is by default, what to do instead. */
export function refusePolling(): (
  request: EngineRequest,
  response: ServerResponse,
  next: () => void,
) => void {
  const logRefusal = createRefusalLog(
    (agent) => `Refused a polling client, ${agent}; it should ${CURE}`,
  );
  return function checkTransport(request, response, next) {
    const { headers, _query: query } = request;
    // An upgrade has a stand-in for a response.
    if (query?.transport !== 'polling' || headers.upgrade !== undefined) {
      next();
      return;
    }
    logRefusal(headers['user-agent'] ?? '');
    response.writeHead(400, { 'Content-Type': 'application/json' }).end(REFUSAL);
  };
}
