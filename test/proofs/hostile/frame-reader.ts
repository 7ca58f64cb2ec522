/** A frame that the server sent: never masked, never fragmented. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Takes a server's bytes as they come, and gives the frames that are complete. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  read(chunk: Buffer): ReceivedFrame[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const frames: ReceivedFrame[] = [];
    for (let size = sizeOf(bytes); size && bytes.length >= size.whole; size = sizeOf(bytes)) {
      const payload = bytes.subarray(size.header, size.whole);
      frames.push({ opcode: (bytes[0] ?? 0) & 0x0f, payload });
      bytes = bytes.subarray(size.whole);
    }
    this.#rest = bytes;
    return frames;
  }
}

function sizeOf(bytes: Buffer): { header: number; whole: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  if (short < 126) return { header: 2, whole: 2 + short };
  const header = short === 126 ? 4 : 10;
  if (bytes.length < header) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { header, whole: header + length };
}
