import { commands, connects, idle, ROOM, room } from './connections.js';
import { type Peer, times } from './peer.js';
import { closeAll, type Scenario, settle } from './scenario.js';
import { ends, herd, logins } from './sessions.js';
import { burst, RATE, saturation, steady, USERS } from './updates.js';

export const SCENARIOS: readonly Scenario[] = [
  { name: 'logging in', run: logins },
  { name: 'connecting', run: connects },
  { name: 'idle connections', run: idle },
  { name: `updates at ${String(RATE)}/s`, run: steady },
  { name: 'updates, as many as go', run: saturation },
  { name: `a room of ${String(ROOM)}`, run: room },
  { name: 'ending sessions', run: ends },
  { name: 'a herd', isOnce: true, run: herd },
  { name: 'commands to Redis', isOnce: true, run: commands },
];

/** Warm code, first connections to Redis, scripts that Redis does not know yet. */
export async function warmUp(peer: Peer): Promise<void> {
  const pairs = await peer.pairs(USERS);
  await burst(pairs, 1.5);
  closeAll(pairs.flat());
  const cookies = await times(300, () => peer.logIn());
  await settle(await times(300, (at) => peer.open(peer.b, cookies[at] ?? '')));
}
