import { setImmediate as turn } from 'node:timers/promises';
import type { Random } from '../../../support/random.js';
import { hostileEvent, properEvent, strangeEvent } from '../events.js';
import type { Move } from '../move.js';
import type { Stage } from '../stage.js';
import { hostileValue } from '../values.js';

/** Below what a connection may send at once. */
const EVENTS = 150;
const AT_ONCE = 15;

/** Sends events, some at a time, and waits for the answers to each lot. */
async function askAll(stage: Stage, make: (random: Random) => string): Promise<void> {
  const connection = await stage.join();
  for (let sent = 0; sent < EVENTS && !connection.isClosed; sent += AT_ONCE) {
    connection.ask(...Array.from({ length: AT_ONCE }, () => make(stage.random)));
    await connection.settle();
  }
}

async function tellAll(stage: Stage, make: (random: Random) => string): Promise<void> {
  const connection = await stage.join();
  for (let sent = 0; sent < EVENTS && !connection.isClosed; sent += AT_ONCE) {
    connection.send(...Array.from({ length: AT_ONCE }, () => make(stage.random)));
    await turn();
  }
  // Afterwards everything is as it was.
  connection.ask('["session:get"]');
}

/** Events whose senders want an answer, and others. */
export const EVENT_MOVES: readonly Move[] = [
  {
    name: 'events as they should be',
    weight: 2,
    play: (stage) => askAll(stage, properEvent),
  },
  {
    name: 'events with hostile payloads',
    weight: 12,
    play: (stage) => askAll(stage, hostileEvent),
  },
  {
    name: 'events that are not there',
    weight: 3,
    play: (stage) => askAll(stage, strangeEvent),
  },
  {
    name: 'events without an ack id',
    weight: 3,
    play: (stage) => tellAll(stage, (random) => `42${hostileEvent(random)}`),
  },
  {
    name: 'acks that nobody asked for',
    weight: 2,
    play: (stage) =>
      tellAll(stage, (random) => {
        const id = random.pick(['', '0', '1', '7', '9007199254740993', '1'.repeat(400)]);
        return `43${id}[${hostileValue(random)}]`;
      }),
  },
];
