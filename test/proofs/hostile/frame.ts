/** The opcodes of RFC 6455; all others are reserved. */
export const OPCODES = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** How a WebSocket frame is written, rightly or wrongly. */
export interface FrameShape {
  readonly opcode: number;
  readonly payload?: Buffer;
  readonly isFinal?: boolean;
  /** The three reserved bits; the highest says that the payload is compressed. */
  readonly reserved?: number;
  /** Clients must mask. */
  readonly isMasked?: boolean;
  /** What the header says, whatever the payload's length is. */
  readonly length?: number;
  /** How many bytes the header has for the length, beside the seven bits. */
  readonly lengthBytes?: 0 | 2 | 8;
}

const NOTHING = Buffer.alloc(0);
/** Always the same: a seed must reproduce every byte. */
const KEY = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** Writes one frame. */
export function frame({
  opcode,
  payload = NOTHING,
  isFinal = true,
  reserved = 0,
  isMasked = true,
  length = payload.length,
  lengthBytes = bytesFor(length),
}: FrameShape): Buffer {
  const header = Buffer.alloc(2 + lengthBytes);
  header[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  header[1] = (isMasked ? 0x80 : 0) | shortLength(length, lengthBytes);
  if (lengthBytes === 2) header.writeUInt16BE(length & 0xffff, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat(isMasked ? [header, KEY, masked(payload)] : [header, payload]);
}

/** A text frame as it should be. */
export function textFrame(text: string): Buffer {
  return frame({ opcode: OPCODES.text, payload: Buffer.from(text) });
}

/** The payload of a close frame. */
export function closePayload(code: number, reason: Buffer = NOTHING): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, reason]);
}

function bytesFor(length: number): 0 | 2 | 8 {
  if (length < 126) return 0;
  return length < 65_536 ? 2 : 8;
}

function shortLength(length: number, lengthBytes: 0 | 2 | 8): number {
  if (lengthBytes === 0) return length & 0x7f;
  return lengthBytes === 2 ? 126 : 127;
}

function masked(payload: Buffer): Buffer {
  const bytes = Buffer.from(payload);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (bytes[at] ?? 0) ^ (KEY[at & 3] ?? 0);
  return bytes;
}
