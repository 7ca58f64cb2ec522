import type { Random } from '../../../support/random.js';
import { properEvent } from '../events.js';
import type { Move } from '../move.js';
import type { Stage } from '../stage.js';
import { hostileValue } from '../values.js';

const PACKETS = 12;

/** Names that Socket.IO keeps for itself, and what is no name at all. */
const NO_EVENTS = [
  '["connect"]',
  '["disconnect"]',
  '["connect_error",{}]',
  '["disconnecting"]',
  '["newListener",1]',
  '["removeListener",1]',
  '[]',
  '{}',
  '[null]',
  '[true]',
  '[{}]',
  '[["cart:get"]]',
  '[{"toString":1}]',
  '"cart:get"',
  '',
];

const ENGINE_PACKETS = [
  '2',
  '2probe',
  '3',
  '3probe',
  '1',
  '5',
  '6',
  '0',
  '0{"sid":"x"}',
  '7',
  '9',
  'b',
  'bAAAA',
  '',
  ' ',
  '4',
  '\u0000',
  'x',
  '😀',
];

/** One packet after another, until the node has had enough. */
async function sendUntilClosed(stage: Stage, make: (random: Random) => string): Promise<void> {
  const connection = await stage.join();
  for (let sent = 0; sent < PACKETS && !connection.isClosed; sent += 1) {
    connection.send(make(stage.random));
    await new Promise(setImmediate);
  }
  // Whoever is still heard is answered.
  connection.ask('["session:get"]');
}

/** A packet of Socket.IO, put together of parts that do not belong together. */
function soup(random: Random): string {
  const type = random.pick(['0', '1', '2', '3', '4', '7', '8', '9', 'a', '-1', '']);
  const namespace = random.pick(['', '', '', '/,', '/nowhere,', '/', '/__proto__,', '/?a=b,']);
  const id = random.pick(['', '', '0', '1000000', '-1', '1.5', '1e9', ' ', '9'.repeat(400)]);
  const data = random.pick(['', properEvent(random), hostileValue(random), '[', '{"a":', 'null']);
  return `4${type}${namespace}${id}${data}`;
}

/** A packet as it should be, some of whose characters are others, are gone or come twice. */
function mutated(random: Random): string {
  let text = `42${properEvent(random)}`;
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
    const at = random.below(text.length);
    const instead = random.pick(['', '"', '[', '}', ',', '0', '\\', '\u0000', 'ä', text.slice(at)]);
    text = text.slice(0, at) + instead + text.slice(at + random.below(3));
  }
  return text;
}

/** What is no event of Socket.IO, or no packet of Engine.IO. */
export const PACKET_MOVES: readonly Move[] = [
  {
    name: 'events that are none',
    play: (stage) => sendUntilClosed(stage, (random) => `42${random.pick(NO_EVENTS)}`),
  },
  { name: 'packets of wrong parts', weight: 2, play: (stage) => sendUntilClosed(stage, soup) },
  {
    name: 'packets with typing errors',
    weight: 2,
    play: (stage) => sendUntilClosed(stage, mutated),
  },
  {
    name: 'packets of the engine',
    play: (stage) => sendUntilClosed(stage, (random) => random.pick(ENGINE_PACKETS)),
  },
];
