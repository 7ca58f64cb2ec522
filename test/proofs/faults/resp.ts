const CRLF = Buffer.from('\r\n');

/** Types whose first line says how many bytes follow. */
const BULK = new Set(['$', '!', '=']);
/** Types whose first line says how many elements follow, or pairs of them. */
const AGGREGATE = new Map([
  ['*', 1],
  ['~', 1],
  ['>', 1],
  ['%', 2],
  ['|', 2],
]);

/** Cuts a stream of RESP into whole messages, whatever pieces it arrives in. */
export class RespFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that are complete with this piece. */
  add(piece: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const frames: Buffer[] = [];
    for (let end = endOfFrame(this.#rest, 0); end > 0; end = endOfFrame(this.#rest, 0)) {
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** The words of a command, which clients send as an array of bulk strings. */
export function wordsOf(frame: Buffer): string[] {
  const words: string[] = [];
  let at = frame.indexOf(CRLF) + 2;
  while (at < frame.length) {
    const start = frame.indexOf(CRLF, at) + 2;
    const end = start + Number(frame.toString('latin1', at + 1, start - 2));
    words.push(frame.toString('utf8', start, end));
    at = end + 2;
  }
  return words;
}

/** Whether a reply is a message of a channel, which answers no command. */
export function isMessage(frame: Buffer): boolean {
  const head = frame.toString('latin1', 0, 40);
  return /^[*>]\d+\r\n\$\d+\r\n[sp]?message\r\n/.test(head);
}

/** Where the message that begins at `start` ends; -1 if it is not complete. */
function endOfFrame(buffer: Buffer, start: number): number {
  const lineEnd = buffer.indexOf(CRLF, start);
  if (start >= buffer.length || lineEnd < 0) return -1;
  const type = String.fromCharCode(buffer[start] ?? 0);
  const count = Number(buffer.toString('latin1', start + 1, lineEnd));
  const next = lineEnd + 2;
  if (BULK.has(type)) {
    const end = count < 0 ? next : next + count + 2;
    return end <= buffer.length ? end : -1;
  }
  const times = AGGREGATE.get(type);
  return times === undefined ? next : endOfFrames(buffer, next, count * times);
}

function endOfFrames(buffer: Buffer, start: number, count: number): number {
  let end = start;
  for (let index = 0; index < count && end >= 0; index += 1) end = endOfFrame(buffer, end);
  return end;
}
