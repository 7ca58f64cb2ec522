import type { Random } from '../../../support/random.js';
import { properEvent } from '../events.js';
import { frame, OPCODES, textFrame } from '../frame.js';
import type { BoundMove } from '../move.js';
import type { Stage } from '../stage.js';

/** Ten times what a connection may send at once. */
const FLOOD = 2000;
const CONNECTIONS = 10;
/** A flood is over in less, on a slow machine too. */
const CLOSED_MS = 5000;

/** Sends far more at once than a connection may. */
function flood(
  name: string,
  make: (random: Random) => Buffer,
  bounds: BoundMove['bounds'] = ['100 packets a second'],
): BoundMove {
  const once = async (stage: Stage, random: Random): Promise<void> => {
    const connection = await stage.join();
    const start = performance.now();
    connection.write(Buffer.concat(Array.from({ length: FLOOD }, () => make(random))), FLOOD);
    if (await connection.closes(CLOSED_MS)) return;
    const tookMs = Math.round(performance.now() - start);
    stage.violate(`not closed: ${String(FLOOD)} packets in ${String(tookMs)} ms`);
  };
  const play = async (stage: Stage): Promise<void> => {
    const floods = Array.from({ length: CONNECTIONS }, () => once(stage, stage.fork()));
    await Promise.all(floods);
  };
  return { name: `flood of ${name}`, bounds, play };
}

/** Whoever sends too much is closed, whatever it sends. */
export const FLOODS: readonly BoundMove[] = [
  flood(
    'PING frames',
    (random) => frame({ opcode: OPCODES.ping, payload: Buffer.alloc(random.below(126)) }),
    // Their pongs are many in one turn.
    ['100 packets a second', '256 KB to be sent'],
  ),
  flood('PONG frames', () => frame({ opcode: OPCODES.pong })),
  flood('pongs of the engine', () => textFrame('3')),
  flood('packets that do nothing', () => textFrame('6')),
  flood('events', (random) => textFrame(`42${properEvent(random)}`)),
  flood('acks', () => textFrame('431[{}]')),
  flood('namespaces that are not there', () => textFrame('40/nowhere,')),
];
