import type { Random } from '../../../support/random.js';
import { hostileEvent } from '../events.js';
import { closePayload, frame, OPCODES } from '../frame.js';
import type { Move } from '../move.js';
import type { Stage } from '../stage.js';

const { continuation, text, binary, close, ping, pong } = OPCODES;
const EVENT = Buffer.from('42["session:get"]');
const NO_UTF8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80]];
/** Above what a message may have. */
const TOO_LONG = 16 * 1024 + 1;
/** A message may have so many pieces. */
const MOST_FRAGMENTS = 16;

const noUtf8 = (random: Random): Buffer =>
  Buffer.concat([EVENT, Buffer.from(random.pick(NO_UTF8))]);

/** Frames that break RFC 6455: whoever sends one is closed. */
const BROKEN: Readonly<Record<string, (random: Random) => Buffer>> = {
  'the compressed bit': () => frame({ opcode: text, payload: EVENT, reserved: 4 }),
  'other reserved bits': (random) =>
    frame({ opcode: text, payload: EVENT, reserved: 1 + random.below(3) }),
  'a reserved opcode': (random) =>
    frame({ opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload: EVENT }),
  'no mask': () => frame({ opcode: text, payload: EVENT, isMasked: false }),
  'a length beyond numbers': () =>
    frame({ opcode: text, payload: EVENT, length: 2 ** 62, lengthBytes: 8 }),
  'a length beyond messages': () =>
    frame({ opcode: text, payload: EVENT, length: TOO_LONG, lengthBytes: 8 }),
  'a long control frame': (random) =>
    frame({ opcode: random.pick([close, ping, pong]), payload: Buffer.alloc(126) }),
  'a fragmented control frame': (random) =>
    frame({ opcode: random.pick([close, ping, pong]), isFinal: false }),
  'a continuation of nothing': () => frame({ opcode: continuation, payload: EVENT }),
  'two beginnings': () =>
    Buffer.concat([
      frame({ opcode: text, payload: EVENT, isFinal: false }),
      frame({ opcode: text, payload: EVENT }),
    ]),
  'text that is no UTF-8': (random) => frame({ opcode: text, payload: noUtf8(random) }),
  'a close frame of one byte': () => frame({ opcode: close, payload: Buffer.from([3]) }),
  'a close code that is none': (random) =>
    frame({
      opcode: close,
      payload: closePayload(random.pick([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535])),
    }),
  'a close reason that is no UTF-8': () =>
    frame({ opcode: close, payload: closePayload(1000, Buffer.from([0xff])) }),
  'a long message': (random) =>
    frame({ opcode: text, payload: Buffer.alloc(TOO_LONG + random.below(50_000), '4') }),
};

async function sendBroken(stage: Stage): Promise<void> {
  const connection = await stage.join();
  const [name, make] = stage.random.pick(Object.entries(BROKEN));
  const isAmongOthers = stage.random.chance(0.5);
  if (isAmongOthers) connection.send(`42${hostileEvent(stage.random)}`);
  connection.write(make(stage.random));
  if (isAmongOthers) connection.send(`42${hostileEvent(stage.random)}`);
  if (!(await connection.closes())) stage.violate(`not closed after ${name}`);
}

/** An event in so many pieces, with control frames between them. */
function pieces(event: string, count: number, random: Random): Buffer[] {
  const bytes = Buffer.from(event);
  const frames: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    const from = Math.floor((index * bytes.length) / count);
    const payload = bytes.subarray(from, Math.floor(((index + 1) * bytes.length) / count));
    const opcode = index === 0 ? text : continuation;
    frames.push(frame({ opcode, payload, isFinal: index === count - 1 }));
    if (random.chance(0.2)) frames.push(frame({ opcode: pong }));
  }
  return frames;
}

async function sendPieces(stage: Stage): Promise<void> {
  const { random } = stage;
  const connection = await stage.join();
  for (let sent = 0; sent < 8 && !connection.isClosed; sent += 1) {
    const event = '["session:get"]';
    const text = `42${String(connection.answers.expect(event))}${event}`;
    const frames = pieces(text, 1 + random.below(MOST_FRAGMENTS), random);
    connection.write(Buffer.concat(frames), frames.length);
  }
  await connection.settle();
  const frames = pieces(`42${'["session:get"]'.padEnd(500)}`, 2 * MOST_FRAGMENTS, random);
  connection.write(Buffer.concat(frames), frames.length);
  if (!(await connection.closes()))
    stage.violate(`not closed after ${String(frames.length)} pieces`);
}

async function sendControlFrames(stage: Stage): Promise<void> {
  const { random } = stage;
  const connection = await stage.join();
  const pings = 1 + random.below(20);
  for (let sent = 0; sent < pings; sent += 1) {
    const payload = Buffer.alloc(random.below(126), 1);
    connection.write(frame({ opcode: ping, payload }));
    connection.write(frame({ opcode: pong, payload }));
    connection.write(frame({ opcode: text, payload: Buffer.from('3') }));
  }
  connection.ask('["session:get"]');
  await connection.settle();
  if (!connection.isClosed && connection.pongs !== pings) {
    stage.violate(`pongs: ${String(connection.pongs)} for ${String(pings)} pings`);
  }
}

async function sendPart(stage: Stage): Promise<void> {
  const connection = await stage.join();
  const opcode = stage.random.pick([text, binary]);
  const bytes = frame({ opcode, payload: Buffer.alloc(1 + stage.random.below(16_000), '4') });
  connection.write(bytes.subarray(0, 1 + stage.random.below(bytes.length - 1)));
}

/** Frames of WebSocket, broken or unusual. */
export const FRAME_MOVES: readonly Move[] = [
  { name: 'frames that break the protocol', weight: 4, play: sendBroken },
  { name: 'messages in many pieces', weight: 2, play: sendPieces },
  { name: 'control frames in between', weight: 2, play: sendControlFrames },
  { name: 'frames without their end', play: sendPart },
];
