import { SessionLinks } from '../../src/shared-session/links/session-links.js';
import type { Gate } from '../support/gate.js';
import { startPlainApp } from '../support/plain-app.js';

interface Node {
  readonly url: string;
}

/** A server under torture. Both have the same routes, and the event `count`. */
export interface Contender {
  readonly nodes: readonly [Node, Node];
  /** How many sockets are connected now. */
  socketsLeft(): number;
  /** Makes the next `POST /slow` wait. */
  close(): Gate;
}

/** Two nodes of this library, with the same plain express-session code. */
export async function startOurs(
  redisUrl: string,
  settings: { prefix: string; idleSeconds: number },
): Promise<Contender> {
  const [a, b] = await Promise.all([
    startPlainApp(redisUrl, { ...settings, nodeName: 'a' }),
    startPlainApp(redisUrl, { ...settings, nodeName: 'b' }),
  ]);
  const links = [a, b].map(({ app }) => app.get(SessionLinks, { strict: false }));
  return {
    nodes: [a, b],
    socketsLeft: () =>
      links.flatMap((each) => each.all()).reduce((sum, { sockets }) => sum + sockets.size, 0),
    close: a.close,
  };
}
