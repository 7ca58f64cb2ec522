import type { ExecutionContext } from '@nestjs/common';
import type { Session } from '../session/session.js';
import { readSessionAgain, sessionOf } from './session-carrier.js';

/** The session of the request or event that is being handled; null if there is none. */
export function sessionIn(context: ExecutionContext): Session | null {
  return sessionOf(carrierIn(context));
}

/** The same, after it was read again where it may have been read a while ago. */
export async function latestSessionIn(context: ExecutionContext): Promise<Session | null> {
  await readSessionAgain(carrierIn(context));
  return sessionIn(context);
}

function carrierIn(context: ExecutionContext): object {
  return context.getType() === 'ws'
    ? context.switchToWs().getClient<object>()
    : context.switchToHttp().getRequest<object>();
}
