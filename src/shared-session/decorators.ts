import { applyDecorators, createParamDecorator, UseGuards } from '@nestjs/common';
import { AnySessionGuard, RequiredRoles, RolesGuard, SignedInGuard } from './guards.js';
import { sessionIn } from './session-in.js';

type HandlerOrClassDecorator = MethodDecorator & ClassDecorator;

/**
 * Gives a controller or gateway handler the session's user; null for a guest.
 *
 * @example
 * profile(@CurrentUser() user: User) { return user; }
 */
export const CurrentUser = createParamDecorator(
  (_: unknown, context) => sessionIn(context)?.user ?? null,
);

/** Gives a controller or gateway handler its {@link CurrentSession}; null where there is none. */
export const CurrentSession = createParamDecorator((_: unknown, context) => sessionIn(context));

/** The handler is open to every session, guests included. Without a session: `UNAUTHENTICATED`. */
export const AnySession = (): HandlerOrClassDecorator => UseGuards(AnySessionGuard);

/** The handler is for signed-in users. Others: `UNAUTHENTICATED`. */
export const SignedIn = (): HandlerOrClassDecorator => UseGuards(SignedInGuard);

/** The handler is for users with one of these roles. Others: `FORBIDDEN`. */
export const Roles = (...roles: string[]): HandlerOrClassDecorator =>
  applyDecorators(RequiredRoles(roles), UseGuards(RolesGuard));
