import type { NodeProcess } from '../../support/node-process.js';
import type { Visitor } from '../../support/visitor.js';
import type { Holder } from './holder.js';

export async function openSocket(visitor: Visitor, node: NodeProcess): Promise<Holder> {
  const { client } = await visitor.connect(node);
  let count = 0;
  let reason = 'none';
  client.on('cart:changed', () => (count += 1));
  client.on('session:ended', (ended: { reason: string }) => ({ reason } = ended));
  return {
    ended: new Promise((resolve) => {
      client.once('disconnect', () => resolve({ at: performance.now(), reason }));
    }),
    delivered: () => count,
  };
}
