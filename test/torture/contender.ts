import { SessionLinks } from '../../src/shared-session/links/session-links.js';
import type { Gate } from '../support/gate.js';
import type { IdentityProvider } from '../support/identity-provider.js';
import { startPlainApp } from '../support/plain-app.js';
import { startProviderApp } from '../support/provider-app.js';
import { TicksController } from './ticks.controller.js';

interface Node {
  readonly url: string;
}

/** A server under torture. Both have the same routes, `GET /ticks` as a stream among them, and the event `count`. */
export interface Contender {
  readonly nodes: readonly [Node, Node];
  /** Whose users log in at the identity provider, by `POST /via`. */
  readonly providerNodes: readonly [Node, Node];
  readonly provider: IdentityProvider;
  /** How many sockets are connected now. */
  socketsLeft(): number;
  /** Makes the next `POST /slow` wait. */
  close(): Gate;
}

/** Where a contender runs, and what both of them are told. */
export interface Surroundings {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly idleSeconds: number;
  readonly provider: IdentityProvider;
}

/** Two nodes of this library, with the same plain express-session code. */
export async function startOurs({
  redisUrl,
  provider,
  ...settings
}: Surroundings): Promise<Contender> {
  const { issuer, clientId } = provider;
  const there = {
    redisUrl,
    prefix: `${settings.prefix}provider:`,
    providers: [{ issuer, clientId }],
  };
  const [a, b] = await Promise.all([
    startPlainApp(redisUrl, { ...settings, nodeName: 'a' }, [TicksController]),
    startPlainApp(redisUrl, { ...settings, nodeName: 'b' }, [TicksController]),
  ]);
  const providerNodes = [await startProviderApp(there), await startProviderApp(there)] as const;
  const links = [a, b].map(({ app }) => app.get(SessionLinks, { strict: false }));
  return {
    nodes: [a, b],
    providerNodes,
    provider,
    socketsLeft: () =>
      links.flatMap((each) => each.all()).reduce((sum, { sockets }) => sum + sockets.size, 0),
    close: a.close,
  };
}
