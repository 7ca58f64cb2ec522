import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Session } from '../session/session.js';
import { RecentSignInRequiredError, UnauthenticatedError } from '../shared-session.errors.js';
import { latestSessionIn, sessionIn } from './session-in.js';

/** The seconds that `@RecentSignIn(…)` asks for. */
export const LongestSinceSignIn = Reflector.createDecorator<number>();

/** Lets users in who have proved a short while ago who they are. Used through `@RecentSignIn(…)`. */
@Injectable()
export class RecentSignInGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const maxAgeSeconds = this.reflector.getAllAndOverride(LongestSinceSignIn, targets);
    if (isRecent(sessionIn(context), maxAgeSeconds)) return true;
    // The user may have proved it on another node just now.
    if (isRecent(await latestSessionIn(context), maxAgeSeconds)) return true;
    throw new RecentSignInRequiredError(maxAgeSeconds);
  }
}

/** @throws UnauthenticatedError when nobody is signed in */
function isRecent(session: Session | null, maxAgeSeconds: number): boolean {
  if (!session?.user) throw new UnauthenticatedError('Sign in first.');
  return session.sinceSignInMs <= maxAgeSeconds * 1000;
}
