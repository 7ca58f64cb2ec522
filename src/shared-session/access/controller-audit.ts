import type { Type } from '@nestjs/common';
import { GUARDS_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { type DiscoveryService, MetadataScanner } from '@nestjs/core';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import type { Finding } from './audit-findings.js';
import { ANYBODY_METADATA, POLL_METADATA } from './decorators.js';

type Target = Type | ((...args: unknown[]) => unknown);

interface Route {
  readonly controller: Type;
  readonly method: Target;
  readonly name: string;
}

/**
 * Finds the controller routes that nobody decided about (ASVS 8.2.1): without a guard, and without `@Anybody()`.
 *
 * @param guards those that Nest asks before every route
 */
export function auditControllers(
  discovery: DiscoveryService,
  guards: readonly unknown[],
): Finding[] {
  if (guards.length > 0) return [];
  return routesIn(discovery)
    .filter(({ controller, method }) => !isDecided(controller) && !isDecided(method))
    .map(({ name }) => undecided(name));
}

/**
 * Checks that no controller route is a `@Poll()`: its requests would keep sessions alive all the same.
 *
 * @throws SharedSessionConfigError naming the first one
 */
export function refusePolls(discovery: DiscoveryService): void {
  const poll = routesIn(discovery).find(({ method }) => Reflect.hasMetadata(POLL_METADATA, method));
  if (!poll) return;
  throw new SharedSessionConfigError(
    `${poll.name} is a @Poll(), but every request that has a session counts as activity.`,
    ['Leave @Poll() out, or make it an event of a gateway.'],
  );
}

function routesIn(discovery: DiscoveryService): Route[] {
  return discovery
    .getControllers()
    .flatMap(({ metatype }) => (typeof metatype === 'function' ? routesOf(metatype as Type) : []));
}

function routesOf(controller: Type): Route[] {
  const prototype = controller.prototype as Record<string, (...args: unknown[]) => unknown>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((key) => {
    const method = prototype[key];
    if (!method || !Reflect.hasMetadata(PATH_METADATA, method)) return [];
    return [{ controller, method, name: `${controller.name}.${key}` }];
  });
}

function isDecided(target: Target): boolean {
  const guards = (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as unknown[];
  return guards.length > 0 || Reflect.hasMetadata(ANYBODY_METADATA, target);
}

function undecided(name: string): Finding {
  return {
    what: `${name} has no guard, so nobody decided who may call it.`,
    remedies: [
      'Put @SignedIn(), @Roles(…) or @AnySession() on the route or its controller.',
      'Put @Anybody() on it if it is open to everybody, without a session too.',
      'Leave out `auditRoutes` if something else decides.',
    ],
  };
}
