import { frame, OPCODES, textFrame } from '../frame.js';
import type { BoundMove } from '../move.js';
import type { Stage } from '../stage.js';

const CLOSED_MS = 3000;
const PIECES = 100;
const binary = (bytes: number): Buffer =>
  frame({ opcode: OPCODES.binary, payload: Buffer.alloc(bytes) });
const placeholder = (number: number): string => `{"_placeholder":true,"num":${String(number)}}`;
const placeholders = (count: number): string =>
  Array.from({ length: count }, (_, number) => placeholder(number)).join(',');

/** What belongs to binary data, each with what follows it. */
const SENT: Readonly<Record<string, readonly Buffer[]>> = {
  'a binary frame': [binary(10)],
  'an empty binary frame': [binary(0)],
  'an event and its attachment': [textFrame(`451-7["cart:sync",${placeholder(0)}]`), binary(10)],
  'an event that awaits its attachment': [textFrame(`451-7["cart:sync",${placeholder(0)}]`)],
  'an event and ten attachments': [
    textFrame(`4510-7["cart:sync",${placeholders(10)}]`),
    ...Array.from({ length: 10 }, () => binary(15_000)),
  ],
  'an event whose attachment is another': [
    textFrame(`451-7["cart:sync",${placeholder(5)}]`),
    binary(1),
  ],
  'an event with too many attachments': [textFrame('45999999999-["cart:sync"]')],
  'an event with no attachments': [textFrame('450-["cart:sync"]')],
  'an ack and its attachment': [textFrame(`461-1[${placeholder(0)}]`), binary(10)],
  'text in Base64': [textFrame('bAAAA')],
};

async function sendBinary(stage: Stage): Promise<void> {
  for (const [name, frames] of Object.entries(SENT)) {
    const connection = await stage.join();
    connection.write(Buffer.concat(frames), frames.length);
    if (!(await connection.closes(CLOSED_MS))) stage.violate(`not closed (${name})`);
  }
}

/** One event in pieces. */
async function sendPieces(stage: Stage): Promise<void> {
  const connection = await stage.join();
  const pieces = Array.from('42["cart:get"]'.padEnd(PIECES), (letter, index) =>
    frame({
      opcode: index === 0 ? OPCODES.text : OPCODES.continuation,
      payload: Buffer.from(letter),
      isFinal: index === PIECES - 1,
    }),
  );
  connection.write(Buffer.concat(pieces), PIECES);
  if (!(await connection.closes(CLOSED_MS))) stage.violate(`not closed: ${String(PIECES)} pieces`);
}

/** Sockets speak text, and in few pieces. */
export const BINARY: readonly BoundMove[] = [
  { name: 'a message in pieces', bounds: ['16 fragments'], play: sendPieces },
  { name: 'binary data', bounds: ['text only'], play: sendBinary },
];
