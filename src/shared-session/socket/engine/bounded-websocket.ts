import { WebSocket, WebSocketServer, type ServerOptions } from 'ws';
import { corkForThisTurn } from './write-coalescing.js';
import type { CutReason } from '../../diagnostics/messages.js';
import { noteClosing } from './closings.js';

/** Messages, pings and pongs a second that a client may go on sending. */
const PACKETS_PER_SECOND = 100;
/** Those that it may send at once. */
const BURST = 200;
/** Frames that a message may be split into; ws allows 16,384, each with its own cost. */
const MAX_FRAGMENTS = 16;
/** A client that does not answer the closing handshake must not hold up a shutdown. */
const CLOSE_TIMEOUT_MS = 1000;

/** Largest message a client may send, unless an application says otherwise; cart operations take about 150 bytes. */
export const MAX_MESSAGE_BYTES = 16 * 1024;

/** For any server of ws whose clients are not trusted. */
export const PACKET_LIMITS = {
  closeTimeout: CLOSE_TIMEOUT_MS,
  maxFragments: MAX_FRAGMENTS,
  // Newer ones cut off whoever sends 60 pings in one turn. Here pings have the bound of all packets.
  maxPendingAutoPongs: 0,
  // One packet a turn: whoever sends two hundred at once does not keep others waiting for all of them.
  allowSynchronousEvents: false,
};

/** Packets of Engine.IO are text that begins with their type; those of Socket.IO follow a `4`. */
const MESSAGE = '4'.charCodeAt(0);
/** Types of Socket.IO packets that announce binary attachments, for which the parser would wait. */
const BINARY_TYPES = new Set(['5', '6'].map((type) => type.charCodeAt(0)));

/** Makes the WebSockets of clients, each of which may spend only so much of the node. */
export class BoundedWebSocketServer extends WebSocketServer {
  /** engine.io passes none of these on to ws. */
  constructor(options: ServerOptions) {
    super({ ...options, ...PACKET_LIMITS, WebSocket: EngineWebSocket });
  }

  /** The answer to the upgrade leaves with engine.io's first packet, which follows within this turn. */
  override handleUpgrade(...upgrade: Parameters<WebSocketServer['handleUpgrade']>): void {
    corkForThisTurn(upgrade[1]);
    super.handleUpgrade(...upgrade);
  }
}

/**
 * A client's WebSocket. It is cut off when it sends more than 100 messages, pings and pongs a second for long, over a
 * burst of 200; when it sends a binary message; and nothing that it sends after that is seen.
 */
export class BoundedWebSocket extends WebSocket {
  /** How many it may send right now. */
  #allowance = BURST;
  #countedAt = performance.now();

  /** ws tells of each message, ping and pong here, before anybody hears of it. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'error' && isTooLarge(args[0])) noteClosing('sent a message above 16 KB');
    const isPacket = event === 'message' || event === 'ping' || event === 'pong';
    if (isPacket && !this.#admits(event, args)) return false;
    return super.emit(event, ...args);
  }

  protected isBinary(_message: Buffer, isBinary: boolean): boolean {
    return isBinary;
  }

  protected cutOff(reason: CutReason): void {
    noteClosing(reason);
    this.terminate();
  }

  #admits(event: 'message' | 'ping' | 'pong', [data, isBinary]: readonly unknown[]): boolean {
    // What follows in the same chunk as the one that was too many.
    if (this.readyState !== WebSocket.OPEN) return false;
    if (event === 'message' && this.isBinary(data as Buffer, isBinary === true)) {
      return this.#refuse('sent binary data');
    }
    const now = performance.now();
    const regained = ((now - this.#countedAt) / 1000) * PACKETS_PER_SECOND;
    this.#allowance = Math.min(BURST, this.#allowance + regained) - 1;
    this.#countedAt = now;
    return this.#allowance >= 0 || this.#refuse('sent too much');
  }

  #refuse(reason: CutReason): false {
    this.cutOff(reason);
    return false;
  }
}

/** Carries packets of Engine.IO, which may announce that binary data will follow. */
class EngineWebSocket extends BoundedWebSocket {
  protected override isBinary(message: Buffer, isBinary: boolean): boolean {
    return isBinary || announcesBinary(message);
  }
}

/** ws closes the connection by itself. */
function isTooLarge(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
}

function announcesBinary(packet: Buffer): boolean {
  return packet[0] === MESSAGE && BINARY_TYPES.has(packet[1] ?? 0);
}
