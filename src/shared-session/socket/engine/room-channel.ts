import type { SessionKeys } from '../../store/session-keys.js';

/** A namespace and a room, or a node that waits for answers, at the end of an adapter's channel. */
const ROOM = /^#(\/[^#]*)#(.+)#$/s;
/** The room of a session's sockets. */
const SESSION_ROOM = /^session:([\w-]{22})$/;

/** A message, and the channel that it travels by. */
interface Posted {
  readonly channel: string;
  readonly message: string | Buffer;
}

/**
 * The channel by which what is emitted to a room travels: the adapter's own, with the room as its hash tag, so that what
 * is emitted to a user goes by the server of a Cluster that has what is the user's. But for a session's room: a node that
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
  readonly #isSessions: boolean;

  /** @param own as the adapter names it */
  constructor(own: string, keys: SessionKeys) {
    const [, namespace, room] = ROOM.exec(own.slice(keys.adapterChannel.length)) ?? [];
    const [, handle] = SESSION_ROOM.exec(room ?? '') ?? [];
    this.#own = own;
    this.#isSessions = handle !== undefined;
    if (handle !== undefined) this.name = keys.sessionChannel(handle);
    else if (namespace && room) this.name = keys.roomChannel(namespace, room);
    else this.name = own;
  }

  /** In front of each message that shares its channel with others. */
  get #mark(): string {
    return this.#isSessions ? `${this.#own}\n` : '';
  }

  post(message: string | Buffer): Posted {
    const mark = this.#mark;
    const sent = mark ? Buffer.concat([Buffer.from(mark), Buffer.from(message)]) : message;
    return { channel: this.name, message: sent };
  }

  /** A listener for {@link name} that hears what was posted here, as if by the adapter's own channel. */
  listener(listener: (message: Buffer, channel: Buffer) => void): typeof listener {
    if (this.name === this.#own) return listener;
    return (message) => {
      const mark = Buffer.from(this.#mark);
      const isOurs = message.subarray(0, mark.length).equals(mark);
      if (isOurs) listener(message.subarray(mark.length), Buffer.from(this.#own));
    };
  }
}
