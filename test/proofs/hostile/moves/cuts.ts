import { closePayload, frame, OPCODES, textFrame } from '../frame.js';
import type { HostileConnection } from '../hostile-connection.js';
import type { Move } from '../move.js';
import type { Stage } from '../stage.js';
import { upgradeHead } from '../upgrade-head.js';

/** What is cut short, and what goes before it. */
interface Cut {
  readonly name: string;
  readonly before: (stage: Stage) => Promise<HostileConnection>;
  readonly bytes: (stage: Stage) => Buffer;
}

const ENDINGS = ['reset', 'half-close'] as const;
type Ending = (typeof ENDINGS)[number];

const OPERATION =
  '4299["cart:apply",{"operationId":"3f1e9a52-6c1d-4b7e-8f0a-5d2c7b9e1a34","type":"set","sku":"scale","quantity":7}]';
const ping = frame({ opcode: OPCODES.ping, payload: Buffer.from('are you there') });
const closing = frame({ opcode: OPCODES.close, payload: closePayload(1000, Buffer.from('bye')) });

const CUTS: readonly Cut[] = [
  {
    name: 'the upgrade request',
    before: (stage) => Promise.resolve(stage.dial()),
    bytes: ({ target }) => Buffer.from(upgradeHead(target.near, target.guests.first)),
  },
  {
    name: 'a CONNECT',
    before: (stage) => stage.open(),
    bytes: () => textFrame('40{"token":"x"}'),
  },
  { name: 'an event', before: (stage) => stage.join(), bytes: () => textFrame(OPERATION) },
  { name: 'an ack', before: (stage) => stage.join(), bytes: () => textFrame('430[{"ok":true}]') },
  { name: 'a DISCONNECT', before: (stage) => stage.join(), bytes: () => textFrame('41') },
  { name: 'a pong of the engine', before: (stage) => stage.join(), bytes: () => textFrame('3') },
  { name: 'a ping', before: (stage) => stage.join(), bytes: () => ping },
  { name: 'a close frame', before: (stage) => stage.join(), bytes: () => closing },
];

async function play(stage: Stage, cut: Cut, position: number, ending: Ending): Promise<void> {
  const connection = await cut.before(stage);
  connection.write(cut.bytes(stage).subarray(0, position));
  if (ending === 'reset') connection.reset();
  else connection.halfClose();
  const isGone = await connection.closes();
  if (!isGone) stage.violate(`kept after a ${ending} at byte ${String(position)} of ${cut.name}`);
}

/**
 * Cuts everything at every byte, by a reset and by a half-close.
 *
 * @param stride 1 for every byte, more for some of them
 * @param lanes so many at a time
 */
export async function cutAtEveryByte(stage: Stage, stride: number, lanes: number): Promise<void> {
  const plays = CUTS.flatMap((cut) => {
    const { length } = cut.bytes(stage);
    const positions = Array.from({ length: length + 1 }, (_, position) => position);
    return positions
      .filter((position) => position % stride === 0 || position === length)
      .flatMap((position) => ENDINGS.map((ending) => () => play(stage, cut, position, ending)));
  });
  const work = Array.from({ length: lanes }, async () => {
    for (let next = plays.shift(); next; next = plays.shift()) await next();
  });
  await Promise.all(work);
}

/** The same, somewhere, while all else goes on. */
export const CUT_MOVES: readonly Move[] = [
  {
    name: 'cuts',
    weight: 2,
    play: async (stage) => {
      const { random } = stage;
      const cut = random.pick(CUTS);
      const position = random.below(cut.bytes(stage).length + 1);
      await play(stage, cut, position, random.pick(ENDINGS));
    },
  },
];
