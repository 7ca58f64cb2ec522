import { setTimeout as pause } from 'node:timers/promises';
import type { HostileConnection } from '../hostile-connection.js';
import type { BoundMove } from '../move.js';
import type { Stage } from '../stage.js';

/** Five seconds, and what a slow machine takes. */
const CLOSED_MS = 9000;
const TURN_MS = 500;

/** Stays outside of every namespace, and shows that it is alive. */
function idler(name: string, enter: (stage: Stage) => Promise<HostileConnection>): BoundMove {
  const play = async (stage: Stage): Promise<void> => {
    const connection = await enter(stage);
    const start = performance.now();
    while (!connection.isClosed && performance.now() - start < CLOSED_MS) {
      connection.send('3');
      await pause(TURN_MS);
    }
    if (!connection.isClosed) {
      stage.violate(`not closed: in no namespace for ${String(CLOSED_MS)} ms`);
    }
  };
  return { name, bounds: ['5 s without a namespace'], play };
}

/** Connections that are in no namespace. */
export const IDLERS: readonly BoundMove[] = [
  idler('no CONNECT', (stage) => stage.open()),
  idler('CONNECT to nothing', async (stage) => {
    const connection = await stage.open();
    connection.send('40/nowhere,');
    await connection.next(/^44/);
    return connection;
  }),
  idler('DISCONNECT, and staying', async (stage) => {
    const connection = await stage.join();
    connection.send('41');
    return connection;
  }),
];
