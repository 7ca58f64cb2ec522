import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { sessionHandle } from '../session-handle.js';
import type { EndReason } from '../session-signal.js';
import { SessionSignals } from '../session-signals.js';
import { endedMessage } from './ended-message.js';
import { SessionLink } from './session-link.js';

/** This node's sockets by session: who is connected, and whom to disconnect when a session ends. */
@Injectable()
export class SessionLinks implements OnModuleInit {
  readonly #byHandle = new Map<string, SessionLink>();
  readonly #bySocket = new WeakMap<Socket, SessionLink>();

  constructor(private readonly signals: SessionSignals) {}

  onModuleInit(): void {
    this.signals.on('ended', (handle, reason) => {
      this.end(handle, reason);
    });
  }

  /**
   * Ties a socket to its session. Done before the handshake reads the session for the last time, so
   * that an end in between is either seen by that read or reaches this link.
   */
  register(sid: string, socket: Socket): SessionLink {
    const handle = sessionHandle(sid);
    let link = this.#byHandle.get(handle);
    if (!link) {
      link = new SessionLink(sid);
      this.#byHandle.set(handle, link);
    }
    link.sockets.add(socket);
    this.#bySocket.set(socket, link);
    return link;
  }

  /** Forgets a socket that was refused or has disconnected. */
  unregister(socket: Socket): void {
    const link = this.#bySocket.get(socket);
    if (!link?.sockets.delete(socket) || link.sockets.size > 0) return;
    const handle = sessionHandle(link.sid);
    if (this.#byHandle.get(handle) === link) this.#byHandle.delete(handle);
  }

  /** The link of a socket; undefined where it was refused. */
  of(socket: Socket): SessionLink | undefined {
    return this.#bySocket.get(socket);
  }

  /** Ends a session's sockets on this node: tells them why, then disconnects them. */
  end(handle: string, reason: EndReason): void {
    const link = this.#byHandle.get(handle);
    if (!link) return;
    this.#byHandle.delete(handle);
    link.ended = true;
    for (const socket of link.sockets) {
      socket.emit('session:ended', endedMessage(reason));
      socket.disconnect(true);
    }
  }
}
