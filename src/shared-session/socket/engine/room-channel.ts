import type { SessionKeys } from '../../store/session-keys.js';

/** The room of a session's sockets, at the end of an adapter's channel. */
const SESSION_ROOM = /#session:([\w-]{22})#$/;

/** A message, and the channel that it travels by. */
interface Posted {
  readonly channel: string;
  readonly message: string | Buffer;
}

/**
 * The channel by which what is emitted to a room travels: the adapter's own, but for a session's room. A node that
 * has sockets of a session listens to the session's channel anyway, so these go there, each behind the
 * adapter's channel and a line feed. No signal looks like that.
 *
 * Each connection has some for as long as it lives. They hold no Buffer: Node cuts small ones from a common block,
 * which one of them keeps from being freed.
 */
export class RoomChannel {
  /** What Redis calls it. */
  readonly name: string;
  readonly #own: string;

  /** @param own as the adapter names it */
  constructor(own: string, keys: SessionKeys) {
    const handle = own.startsWith(keys.adapterChannel) && SESSION_ROOM.exec(own)?.[1];
    this.#own = own;
    this.name = handle ? keys.sessionChannel(handle) : own;
  }

  /** In front of each message that does not go by the adapter's own channel. */
  get #mark(): string {
    return this.name === this.#own ? '' : `${this.#own}\n`;
  }

  post(message: string | Buffer): Posted {
    const mark = this.#mark;
    const sent = mark ? Buffer.concat([Buffer.from(mark), Buffer.from(message)]) : message;
    return { channel: this.name, message: sent };
  }

  /** A listener for {@link name} that hears what was posted here, as if by the adapter's own channel. */
  listener(listener: (message: Buffer, channel: Buffer) => void): typeof listener {
    const text = this.#mark;
    if (!text) return listener;
    return (message) => {
      const mark = Buffer.from(text);
      const isOurs = message.subarray(0, mark.length).equals(mark);
      if (isOurs) listener(message.subarray(mark.length), mark.subarray(0, -1));
    };
  }
}
