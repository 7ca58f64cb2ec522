import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { stopAfterwards } from './cleanup.js';

const HEADER_BYTES = 12;
/** An answer with authority; the question came with one entry, and one entry or more are the answer. */
const ANSWERED = 0x8400;
/** A pointer to the name in the question, type A, class IN, 60 s to live, 4 bytes. */
const ADDRESS_FOLLOWS = Buffer.from('c00c000100010000003c0004', 'hex');

/** A name server that has the same addresses for every name, and may be told others at any time. */
export class NameServer {
  addresses: readonly string[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (question, { port, address }) => {
      socket.send(answerTo(question, this.addresses), port, address);
    });
  }

  static async start(): Promise<NameServer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    stopAfterwards(() => {
      socket.close();
    });
    return new NameServer(socket);
  }

  get address(): string {
    return `127.0.0.1:${String(this.#socket.address().port)}`;
  }
}

function answerTo(question: Buffer, addresses: readonly string[]): Buffer {
  const header = Buffer.from(question.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(ANSWERED, 2);
  header.writeUInt16BE(addresses.length, 6);
  const entries = addresses.map((address) =>
    Buffer.concat([ADDRESS_FOLLOWS, Buffer.from(address.split('.').map(Number))]),
  );
  return Buffer.concat([header, question.subarray(HEADER_BYTES), ...entries]);
}
