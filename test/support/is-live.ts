import { setTimeout as pause } from 'node:timers/promises';
import type { TestSocket } from './test-socket.js';
import { operation } from './visitor.js';

/** Longer than a broadcast takes; one that was lost on its way is asked for anew. */
const PATIENCE_MS = 1000;

/** Whether a user's operation is applied now, and comes to another tab of theirs. */
export async function isLive(from: TestSocket, to: TestSocket): Promise<boolean> {
  const asked = operation('add', 'scale', 1);
  const { ok } = await from.ask('cart:apply', asked);
  if (!ok) return false;
  const isIt = (change: { operationId: string }) => change.operationId === asked.operationId;
  const heard = to.next('cart:changed', isIt).then(
    () => true,
    () => false,
  );
  return Promise.race([heard, pause(PATIENCE_MS, false)]);
}
