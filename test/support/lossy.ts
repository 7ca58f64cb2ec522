import type { Socket } from 'socket.io-client';

/** What a bad network does to one incoming packet. */
export type Fate = 'deliver' | 'drop' | 'twice' | 'late';

interface Packets {
  onack(packet: { id: number }): void;
  onevent(packet: { data: unknown[] }): void;
}

/**
 * Puts a bad network between a client and its node: each acknowledgement and each broadcast of a
 * cart meets the fate that is drawn for it.
 *
 * @param lateMs how much later a late packet comes, behind others that were sent after it
 */
export function makeLossy(
  socket: Socket,
  draw: { acknowledgement: () => Fate; broadcast: () => Fate },
  lateMs: number,
): void {
  // What Socket.IO calls for each packet; private, and the narrowest place there is.
  const packets = socket as unknown as Packets;
  const suffer = <P>(deliver: (packet: P) => void, fate: () => Fate) => {
    return (packet: P): void => {
      switch (fate()) {
        case 'drop':
          return;
        case 'late':
          setTimeout(() => deliver(packet), lateMs);
          return;
        case 'twice':
          deliver(packet);
      }
      deliver(packet);
    };
  };
  packets.onack = suffer(packets.onack.bind(socket), draw.acknowledgement);
  const onevent = packets.onevent.bind(socket);
  const broadcast = suffer(onevent, draw.broadcast);
  packets.onevent = (packet) => {
    if (packet.data[0] === 'cart:changed') broadcast(packet);
    else onevent(packet);
  };
}
