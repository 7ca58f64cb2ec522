import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ForbiddenError, UnauthenticatedError } from '../shared-session.errors.js';
import { sessionIn } from './session-in.js';

/** Lets any session in, a guest's too. Used through `@AnySession()`. */
@Injectable()
export class AnySessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (!sessionIn(context)) throw new UnauthenticatedError();
    return true;
  }
}

/** Lets signed-in users in. Used through `@SignedIn()`. */
@Injectable()
export class SignedInGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (!sessionIn(context)?.user) throw new UnauthenticatedError('Sign in first.');
    return true;
  }
}

/** The roles that `@Roles(…)` asks for. */
export const RequiredRoles = Reflector.createDecorator<readonly string[]>();

/** Lets users in who have one of the roles that the handler asks for. Used through `@Roles(…)`. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const user = sessionIn(context)?.user;
    if (!user) throw new UnauthenticatedError('Sign in first.');
    const targets = [context.getHandler(), context.getClass()];
    const required = this.reflector.getAllAndOverride(RequiredRoles, targets);
    if (!required.some((role) => user.roles?.includes(role))) throw new ForbiddenError();
    return true;
  }
}
