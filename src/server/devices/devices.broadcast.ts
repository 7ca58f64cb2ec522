import type { OnModuleInit } from '@nestjs/common';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server } from 'socket.io';
import { principalName, Sessions } from '../../shared-session/index.js';

/** Tells a user's tabs, on every node, that their list of devices has changed. */
@WebSocketGateway()
export class DevicesBroadcast implements OnModuleInit {
  /** Undefined if nothing listens, as in the operator command. */
  @WebSocketServer() private readonly server: Server | undefined;

  constructor(private readonly sessions: Sessions) {}

  onModuleInit(): void {
    this.sessions.onListChanged((principal) => {
      this.server?.to(principalName(principal)).emit('devices:changed', {});
    });
  }
}
