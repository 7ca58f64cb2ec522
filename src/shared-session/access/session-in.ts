import type { ExecutionContext } from '@nestjs/common';
import type { Session } from '../session/session.js';
import { sessionOf } from './session-carrier.js';

/** The session of the request or event that is being handled; null if there is none. */
export function sessionIn(context: ExecutionContext): Session | null {
  const carrier =
    context.getType() === 'ws'
      ? context.switchToWs().getClient<object>()
      : context.switchToHttp().getRequest<object>();
  return sessionOf(carrier);
}
