import { Injectable } from '@nestjs/common';
import { CodedError, type Session, Sessions, SocketPresence } from '../../shared-session/index.js';
import type { Device } from './devices.contract.js';

/** Where a user is signed in, and how to end it there. */
@Injectable()
export class DevicesService {
  constructor(
    private readonly sessions: Sessions,
    private readonly presence: SocketPresence,
  ) {}

  async list({ principal, handle }: Session): Promise<Device[]> {
    const [sessions, sockets] = await Promise.all([
      this.sessions.list(principal),
      this.presence.count(principal),
    ]);
    return sessions.map(({ startedAt, lastSeenAt, ...session }) => ({
      ...session,
      current: session.handle === handle,
      signedInAt: new Date(startedAt).toISOString(),
      lastSeenAt: new Date(lastSeenAt).toISOString(),
      sockets: sockets.get(session.handle) ?? 0,
    }));
  }

  /** @throws CodedError `NOT_FOUND` when the user has no such session */
  async end({ principal }: Session, handle: string): Promise<void> {
    const found = await this.sessions.endByHandle(principal, handle);
    if (!found) throw new CodedError('NOT_FOUND', 'You have no such device.');
  }
}
