import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server } from 'socket.io';
import { type Principal, principalName } from '../../shared-session/index.js';
import type { CartChange } from './cart.contract.js';

/** Tells all of a principal's tabs, on every node, what changed in their cart. */
@WebSocketGateway()
export class CartBroadcast {
  @WebSocketServer() private readonly server!: Server;

  changed(principal: Principal, change: CartChange): void {
    // One room and no more: the adapter sends chained rooms to every node.
    this.server.to(principalName(principal)).emit('cart:changed', change);
  }
}
