import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { AnySession, CurrentSession, Poll } from '../access/decorators.js';
import type { Session } from '../session/session.js';
import { Sessions } from '../sessions.service.js';
import type { SessionDescription, SessionExpiry } from '../shared-session.contract.js';

/** The events that every application with shared sessions has. */
@WebSocketGateway()
@AnySession()
export class SessionGateway {
  constructor(private readonly sessions: Sessions) {}

  /** Clients ask by themselves, whether or not somebody is there. */
  @SubscribeMessage('session:get')
  @Poll()
  get(@CurrentSession() session: Session): SessionDescription {
    return this.sessions.describe(session);
  }

  @SubscribeMessage('session:extend')
  async extend(@CurrentSession() session: Session): Promise<SessionExpiry> {
    await this.sessions.extend(session);
    const { idleExpiresAt, absoluteExpiresAt } = this.sessions.describe(session);
    return { idleExpiresAt, absoluteExpiresAt };
  }
}
