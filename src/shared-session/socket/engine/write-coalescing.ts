import type { Duplex } from 'node:stream';
import type { Socket } from 'socket.io';

type EngineSocket = Socket['conn'];

/** An engine.io connection, with what engine.io declares private and what is noted here. */
interface Connection {
  flush: () => void;
  close: (discard?: boolean) => void;
  readonly request: EngineSocket['request'];
  [IS_DUE]: boolean;
}

const IS_DUE = Symbol('flush is due');

/**
 * Writes what a connection is sent in one turn of the event loop with one system call: the
 * acknowledgement of an operation and its broadcast, say. A system call costs more than everything
 * else that is done for a message.
 *
 * Called once for each connection, as soon as there is one. Shared functions instead of closures: they are
 * held for as long as the connection lives.
 */
export function coalesceWrites(engineSocket: EngineSocket): void {
  const connection = engineSocket as unknown as Connection;
  const { flush, close } = connection as Partial<Connection>;
  // Another engine.io writes as it likes: that costs system calls, and loses nothing.
  if (typeof flush !== 'function' || typeof close !== 'function') return;
  connection[IS_DUE] = false;
  connection.flush = flushLater;
  connection.close = closeAfterFlush;
}

/** Holds back what is written to a stream until this turn of the event loop, promises included, is over. */
export function corkForThisTurn(stream: Duplex): void {
  stream.cork();
  queueMicrotask(() => {
    process.nextTick(() => {
      stream.uncork();
    });
  });
}

/** In place of engine.io's `flush`, which it calls after each packet. */
function flushLater(this: Connection): void {
  if (this[IS_DUE]) return;
  this[IS_DUE] = true;
  process.nextTick(flushAll, this);
}

/** Closing must not overtake what was sent before. */
function closeAfterFlush(this: Connection, discard?: boolean): void {
  if (this[IS_DUE]) flushAll(this);
  original(this).close.call(this, discard);
}

function flushAll(connection: Connection): void {
  connection[IS_DUE] = false;
  const stream = connection.request.socket;
  stream.cork();
  try {
    original(connection).flush.call(connection);
  } finally {
    stream.uncork();
  }
}

function original(connection: Connection): Connection {
  return Object.getPrototypeOf(connection) as Connection;
}
