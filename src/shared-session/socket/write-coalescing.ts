import type { Duplex } from 'node:stream';
import type { Socket } from 'socket.io';

type Connection = Socket['conn'];

/**
 * Writes what a connection is sent in one turn of the event loop with one system call: the
 * acknowledgement of an operation and its broadcast, say. A system call
 * costs more than everything else that is done for a message.
 *
 * Called once for each connection, before anything but the handshake was sent on it.
 */
export function coalesceWrites(connection: Connection): void {
  const { socket } = connection.request;
  // engine.io calls its `flush` after each packet; declared private.
  const inner = connection as unknown as { flush: () => void };
  const flush = inner.flush.bind(connection);
  let isDue = false;
  const flushAll = (): void => {
    isDue = false;
    corked(socket, flush);
  };
  inner.flush = () => {
    if (isDue) return;
    isDue = true;
    process.nextTick(flushAll);
  };
  // Closing must not overtake what was sent before.
  const close = connection.close.bind(connection);
  connection.close = (discard) => {
    if (isDue) flushAll();
    close(discard);
  };
}

function corked(stream: Duplex, write: () => void): void {
  stream.cork();
  try {
    write();
  } finally {
    stream.uncork();
  }
}
