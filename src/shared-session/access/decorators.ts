import { applyDecorators, createParamDecorator, SetMetadata, UseGuards } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isRate, type Rate } from '../limits/rate.js';
import { AnySessionGuard, RequiredRoles, RolesGuard, SignedInGuard } from './guards.js';
import { PayloadPipe } from './payload.pipe.js';
import { LongestSinceSignIn, RecentSignInGuard } from './recent-sign-in.guard.js';
import { sessionIn } from './session-in.js';

/** On handlers that `@Poll()` marked. */
export const POLL_METADATA = 'shared-session:poll';

/** On handlers that `@Cost()` and `@Limit()` marked. */
export const COST_METADATA = 'shared-session:cost';
export const LIMIT_METADATA = 'shared-session:limit';

/** On routes and controllers that `@Anybody()` marked. */
export const ANYBODY_METADATA = 'shared-session:anybody';

type HandlerOrClassDecorator = MethodDecorator & ClassDecorator;

/**
 * Gives a controller or gateway handler the session's user; null unless somebody is signed in.
 *
 * @example
 * profile(@CurrentUser() user: User) { return user; }
 */
export const CurrentUser = createParamDecorator(
  (_: unknown, context) => sessionIn(context)?.user ?? null,
);

/** Gives a controller or gateway handler its {@link Session}; null if there is none. */
export const CurrentSession = createParamDecorator((_: unknown, context) => sessionIn(context));

/**
 * Gives a gateway handler the event's payload as the schema made it; any Standard Schema will do. What the schema
 * refuses is answered with `INVALID_PAYLOAD`. In Nest 12, `@MessageBody({ schema })` does the same.
 *
 * @example
 * say(@Payload(z.string().max(500)) text: string) { … }
 */
export const Payload = (schema: StandardSchemaV1): ParameterDecorator =>
  MessageBody(new PayloadPipe(schema));

/**
 * The event is sent by the client's program, not by its user, such as a regular check. It does not count as
 * activity, so it does not keep a session alive that nobody uses. For gateway handlers alone: every request that
 * has a session counts, so the application does not start with it on a route.
 */
export const Poll = (): MethodDecorator => SetMetadata(POLL_METADATA, true);

/**
 * The event takes so much of its principal's budget of events, as one does that is dear to answer; 0 for one that is free.
 * One that costs more than the whole budget takes the whole. For gateway handlers alone.
 *
 * @throws RangeError when that is no whole number of 0 or more
 *
 * @example
 * @SignedIn() @Cost(5)
 */
export const Cost = (tokens: number): MethodDecorator => {
  if (!Number.isSafeInteger(tokens) || tokens < 0)
    throw new RangeError(`@Cost(${String(tokens)}) needs a whole number of 0 or more.`);
  return SetMetadata(COST_METADATA, tokens);
};

/**
 * The event has a limit of its own for each principal, over all tabs and nodes, and takes nothing of the one that other events
 * share. For gateway handlers alone.
 *
 * @throws RangeError when that is no rate
 *
 * @example
 * @SignedIn() @Limit({ perSecond: 0.1, burst: 3 })
 */
export const Limit = (rate: Rate): MethodDecorator => {
  if (!isRate(rate))
    throw new RangeError('@Limit() needs `perSecond` above 0, and a whole `burst` of 1 or more.');
  return SetMetadata(LIMIT_METADATA, rate);
};

/**
 * The route is open to everybody, without a session too. It says so to the option `auditRoutes` and changes nothing:
 * a guard that stands there as well is asked all the same.
 */
export const Anybody = (): HandlerOrClassDecorator => SetMetadata(ANYBODY_METADATA, true);

/** The handler is open to every session, guests included. Without a session: `UNAUTHENTICATED`. */
export const AnySession = (): HandlerOrClassDecorator => UseGuards(AnySessionGuard);

/** The handler is for signed-in users. Others: `UNAUTHENTICATED`. */
export const SignedIn = (): HandlerOrClassDecorator => UseGuards(SignedInGuard);

/**
 * The handler is for users who proved in the last so many minutes who they are: when they signed in, or later, which
 * `Sessions.confirmSignIn()` notes. Nobody: `UNAUTHENTICATED`. Others: `RECENT_SIGN_IN_REQUIRED`, with
 * `details: { maxAgeSeconds }`, so that the client can ask for the password and try again (ASVS 7.5.1). On a handler and its
 * class, the handler's minutes count.
 *
 * @throws RangeError when that is no number of minutes
 *
 * @example
 * @Delete('account') @RecentSignIn(15)
 */
export const RecentSignIn = (minutes: number): HandlerOrClassDecorator => {
  if (!Number.isFinite(minutes) || minutes <= 0)
    throw new RangeError(`@RecentSignIn(${String(minutes)}) needs a number of minutes above 0.`);
  return applyDecorators(LongestSinceSignIn(minutes * 60), UseGuards(RecentSignInGuard));
};

/** The handler is for users with one of these roles. Others: `FORBIDDEN`. */
export const Roles = (...roles: string[]): HandlerOrClassDecorator =>
  applyDecorators(RequiredRoles(roles), UseGuards(RolesGuard));
