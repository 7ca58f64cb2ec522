import type { NodeProcess } from '../../support/node-process.js';
import { GraphqlClient } from '../../support/graphql-client.js';
import type { Visitor } from '../../support/visitor.js';
import type { Holder } from './holder.js';

export async function openSubscription(visitor: Visitor, node: NodeProcess): Promise<Holder> {
  const { client, closed } = new GraphqlClient(node.url, visitor.cookie);
  let count = 0;
  const isOpen = new Promise<void>((resolve) => {
    const take = ({ data }: { data?: { news?: unknown } | null }): void => {
      if (data?.news === 'open') resolve();
      else count += 1;
    };
    // It ends with its connection, which says why.
    const ignore = (): void => undefined;
    client.subscribe(
      { query: 'subscription { news }' },
      { next: take, error: ignore, complete: ignore },
    );
  });
  await isOpen;
  return {
    ended: closed.then(({ reason }) => ({ at: performance.now(), reason })),
    delivered: () => count,
  };
}
