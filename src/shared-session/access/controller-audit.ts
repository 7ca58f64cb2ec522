import type { Type } from '@nestjs/common';
import { GUARDS_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { type DiscoveryService, MetadataScanner } from '@nestjs/core';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import { ANYBODY_METADATA } from './decorators.js';

type Target = Type | ((...args: unknown[]) => unknown);

/**
 * Checks every controller route at boot: somebody must have decided who may call it (ASVS 8.2.1).
 * Global guards do not count, since they know nothing of one route.
 *
 * @throws SharedSessionConfigError naming the first route without a guard or `@Anybody()`
 */
export function auditControllers(discovery: DiscoveryService): void {
  for (const { metatype } of discovery.getControllers()) {
    if (typeof metatype === 'function') auditController(metatype as Type);
  }
}

function auditController(controller: Type): void {
  const prototype = controller.prototype as Record<string, (...args: unknown[]) => unknown>;
  for (const key of new MetadataScanner().getAllMethodNames(prototype)) {
    const method = prototype[key];
    if (!method || !Reflect.hasMetadata(PATH_METADATA, method)) continue;
    if (!isDecided(controller) && !isDecided(method)) throw undecided(`${controller.name}.${key}`);
  }
}

function isDecided(target: Target): boolean {
  const guards = (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as unknown[];
  return guards.length > 0 || Reflect.hasMetadata(ANYBODY_METADATA, target);
}

function undecided(name: string): SharedSessionConfigError {
  return new SharedSessionConfigError(`${name} has no guard, so nobody decided who may call it.`, [
    'Put @SignedIn(), @Roles(…) or @AnySession() on the route or its controller.',
    'Put @Anybody() on it if it is open to everybody, without a session too.',
    'Leave out `auditRoutes` if something else decides.',
  ]);
}
