import type { LimitOptions } from '../../src/shared-session/index.js';
import { startPlainApp } from './plain-app.js';
import { type TestNode, uniquePrefix } from './test-node.js';

/** Limits are on, and there is none yet. */
export const NO_LIMIT_YET: LimitOptions = {
  events: false,
  handshakes: false,
  guests: false,
  socketsOfAddress: false,
  socketsOfPrincipal: false,
};

/** Two nodes of an application that has these limits, and no others. */
export async function startLimitedNodes(
  redisUrl: string,
  limits: LimitOptions,
): Promise<[TestNode, TestNode]> {
  const prefix = uniquePrefix();
  const start = () => startPlainApp(redisUrl, { prefix, limits: { ...NO_LIMIT_YET, ...limits } });
  return [await start(), await start()];
}
