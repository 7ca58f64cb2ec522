import type { Socket } from 'socket.io';
import { noteClosing } from './closings.js';

type EngineSocket = Socket['conn'];

/** More than this must not wait for a client that reads slowly or not at all. */
const MAX_WAITING_BYTES = 256 * 1024;
/** What a waiting packet costs beside its text. */
const PACKET_BYTES = 128;

/** An engine.io connection, with what is noted here. */
interface Connection extends EngineSocket {
  [STREAM]: EngineSocket['request']['socket'];
  /** Bytes that engine.io holds because the client has not taken what came before. */
  [HELD]: number;
}

const STREAM = Symbol('stream');
const HELD = Symbol('held bytes');

/**
 * Cuts a connection off when more than 256 KB wait for its client, and something else is to be sent. One message may be
 * larger, if nothing waits.
 *
 * Called once for each connection, as soon as there is one. Shared functions instead of closures: they are
 * held for as long as the connection lives.
 */
export function limitSendBuffer(engineSocket: EngineSocket): void {
  const connection = engineSocket as Connection;
  connection[STREAM] = engineSocket.request.socket;
  connection[HELD] = 0;
  connection.on('packetCreate', hold);
  connection.on('flush', release);
}

function hold(this: Connection, { data }: { readonly data?: unknown }): void {
  const stream = this[STREAM];
  if (this[HELD] + stream.writableLength > MAX_WAITING_BYTES && !stream.destroyed) {
    noteClosing('slow');
    stream.destroy();
  }
  this[HELD] += PACKET_BYTES + (typeof data === 'string' ? data.length : 0);
}

/** engine.io has handed all that it held to the stream. */
function release(this: Connection): void {
  this[HELD] = 0;
}
