import { setTimeout as pause } from 'node:timers/promises';
import { operationId } from '../events.js';
import { frame, OPCODES } from '../frame.js';
import type { HostileConnection } from '../hostile-connection.js';
import type { BoundMove } from '../move.js';
import type { Stage } from '../stage.js';

const BOUND = '256 KB to be sent';
const READERS = 10;
/** More than the kernel holds for a connection, by far. */
const UNREAD_BYTES = 10_000_000;
/** Below what a connection may send. */
const PACKETS_A_SECOND = 80;
const TURN_MS = 50;
const LONGEST_MS = 40_000;
const SKUS = ['scale', 'milk-jug', 'cup-set', 'pour-over', 'travel-mug', 'french-press'];

/** Readers that have stopped; the node owes each of them more and more. */
async function stopReading(stage: Stage, cookie?: string): Promise<HostileConnection[]> {
  const joined = Array.from({ length: READERS }, () => stage.join(cookie));
  const readers = await Promise.all(joined);
  for (const reader of readers) reader.pause();
  return readers;
}

/** Those that are still there have had too much kept for them. */
async function lookAtReaders(
  stage: Stage,
  readers: readonly HostileConnection[],
  owed: number,
): Promise<void> {
  for (const reader of readers) {
    // Whoever reads again gets all of it, unless the node has let go.
    reader.answers.abandon();
    reader.resume();
  }
  await Promise.all(readers.map((reader) => reader.closes(3000)));
  const kept = readers.filter(({ received }) => received >= UNREAD_BYTES);
  if (kept.length === 0) return;
  const most = Math.max(...kept.map(({ received }) => received));
  stage.violate(
    `kept: ${String(most)} of ${String(owed)} bytes for a reader that had stopped, ` +
      `and for ${String(kept.length - 1)} more`,
  );
}

/** An event whose refusal is as long as the event: it names the properties that it does not know. */
function echo(): string {
  const names = Array.from({ length: 60 }, (_, index) => `"${String(index)}${'x'.repeat(240)}":1`);
  return `["cart:sync",{"version":0,"revision":"",${names.join(',')}}]`;
}

async function askWithoutReading(stage: Stage): Promise<void> {
  const readers = await stopReading(stage);
  const event = echo();
  let owed = 0;
  const start = performance.now();
  while (owed < 1.3 * UNREAD_BYTES && performance.now() - start < LONGEST_MS) {
    const isGone = readers.every(({ isClosed }) => isClosed);
    if (isGone) break;
    const due = ((performance.now() - start) / 1000) * PACKETS_A_SECOND * event.length;
    for (; owed < due; owed += event.length) for (const reader of readers) reader.ask(event);
    await pause(TURN_MS);
  }
  await lookAtReaders(stage, readers, owed);
}

/** Others talk: what they say is kept for those who do not listen. */
async function sitInChattyRoom(stage: Stage): Promise<void> {
  const cookie = await stage.target.guests.arrive();
  const readers = await stopReading(stage, cookie);
  const talkers = await Promise.all(Array.from({ length: READERS }, () => stage.join(cookie)));
  const start = performance.now();
  let sent = 0;
  const heard = (): number => talkers[0]?.received ?? 0;
  while (heard() < 1.3 * UNREAD_BYTES && performance.now() - start < LONGEST_MS) {
    const due = ((performance.now() - start) / 1000) * PACKETS_A_SECOND;
    for (; sent < due; sent += 1) for (const talker of talkers) talker.ask(talk(stage, sent));
    await pause(TURN_MS);
  }
  await Promise.all(talkers.map((talker) => talker.settle()));
  await lookAtReaders(stage, readers, heard());
}

function talk({ random }: Stage, number: number): string {
  const id = operationId(random);
  if (number % 7 === 6) return `["cart:apply",{"operationId":"${id}","type":"clear"}]`;
  const sku = SKUS[number % 7] ?? '';
  return `["cart:apply",{"operationId":"${id}","type":"set","sku":"${sku}","quantity":1}]`;
}

async function pingWithoutReading(stage: Stage): Promise<void> {
  const readers = await stopReading(stage);
  const payload = Buffer.alloc(125);
  const lot = 1000;
  const pings = Buffer.concat(
    Array.from({ length: lot }, () => frame({ opcode: OPCODES.ping, payload })),
  );
  let owed = 0;
  while (owed < 1.3 * UNREAD_BYTES && !readers.every(({ isClosed }) => isClosed)) {
    for (const reader of readers) reader.write(pings, lot);
    owed += lot * 127;
    await pause(TURN_MS / 2);
  }
  await lookAtReaders(stage, readers, owed);
}

/** Clients that stop reading: what a node keeps for each must have a bound. */
export const READER_MOVES: readonly BoundMove[] = [
  {
    name: 'readers that stop and ask',
    bounds: [BOUND, 'faults in few words'],
    play: askWithoutReading,
  },
  { name: 'readers that stop in a chatty room', bounds: [BOUND], play: sitInChattyRoom },
  {
    name: 'readers that stop and send PING',
    bounds: [BOUND, '100 packets a second', 'one packet a turn'],
    play: pingWithoutReading,
  },
];
