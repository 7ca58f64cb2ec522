import type { Socket } from 'socket.io';
import { diagnosticsChannel } from '../../diagnostics/channels.js';
import { noteClosing } from './closings.js';

const filling = diagnosticsChannel('send-buffer.filling');

type EngineSocket = Socket['conn'];

/** More than this must not wait for a client that reads slowly or not at all. A character counts as a byte. */
export const MAX_WAITING_BYTES = 256 * 1024;
/** What waits for a client that reads is less. */
const USUAL_BYTES = 16 * 1024;
/** What a waiting packet costs beside its text. */
const PACKET_BYTES = 128;

/** An engine.io connection, with what engine.io declares private and what is noted here. */
interface Connection {
  readonly request: EngineSocket['request'];
  readonly transport: { readonly writable: boolean };
  /** Packets that the stream has not been handed yet. */
  readonly writeBuffer?: { readonly length: number };
  /** Bytes in the write buffer, when a packet was last added to it. */
  [HELD]: number;
}

const HELD = Symbol('held bytes');

/**
 * Cuts a connection off when more than 256 KB wait for its client, and something else is to be sent. One message may be
 * larger, if nothing waits.
 *
 * Called once for each connection, as soon as there is one. A shared function instead of a closure: it is
 * held for as long as the connection lives.
 */
export function limitSendBuffer(engineSocket: EngineSocket): void {
  Object.assign(engineSocket, { [HELD]: 0 });
  engineSocket.on('packetCreate', hold);
}

function hold(this: Connection, { data }: { readonly data?: unknown }): void {
  const stream = this.request.socket;
  // All that was held was handed to the stream. Where engine.io does not tell, that alone is measured.
  if (!this.writeBuffer?.length) this[HELD] = 0;
  // What was sent in this turn has not been offered to a client that takes it.
  const held = this.transport.writable ? 0 : this[HELD];
  const waitingBytes = held + stream.writableLength;
  if (waitingBytes > USUAL_BYTES && filling.hasSubscribers) filling.publish({ waitingBytes });
  if (waitingBytes > MAX_WAITING_BYTES && !stream.destroyed) {
    noteClosing('slow');
    stream.destroy();
  }
  this[HELD] += PACKET_BYTES + sizeOf(data);
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return data.length;
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : 0;
}
