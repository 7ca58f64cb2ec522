import type { ExternalContextCreator } from '@nestjs/core';
import { SocketModule } from '@nestjs/websockets/socket-module.js';

/** What Nest declares private. */
interface Creator {
  readonly container?: unknown;
  readonly config?: { getGlobalRequestGuards?(): readonly unknown[] };
  getGlobalMetadata?(): readonly unknown[];
}
interface Contexts {
  readonly guardsContextCreator?: Creator;
  readonly pipesContextCreator?: Creator;
}
interface Gateways {
  getContextCreator?(container: unknown, config: unknown): Contexts;
}

/** What an application has installed for all handlers, by `APP_GUARD` and by `useGlobalGuards()` alike. */
export interface GlobalEnhancers {
  readonly guards: readonly unknown[];
  readonly pipes: readonly unknown[];
}

/** The guards that Nest asks before every route. */
export function guardsOfRoutes(contexts: ExternalContextCreator): readonly unknown[] {
  const { config } = guardsCreatorOf(contexts);
  return [
    ...guardsIn(contexts as unknown as Contexts),
    ...(config?.getGlobalRequestGuards?.() ?? []),
  ];
}

/**
 * What Nest runs before every event: all that is global in Nest 12, nothing in Nest 11. Nest is asked for what it makes
 * the handlers with. If it cannot be asked any more, nothing counts.
 */
export function enhancersOfGateways(contexts: ExternalContextCreator): GlobalEnhancers {
  const { container, config } = guardsCreatorOf(contexts);
  const gateways = new SocketModule() as unknown as Gateways;
  const made = gateways.getContextCreator?.(container, config) ?? {};
  return { guards: guardsIn(made), pipes: made.pipesContextCreator?.getGlobalMetadata?.() ?? [] };
}

function guardsCreatorOf(contexts: ExternalContextCreator): Creator {
  return (contexts as unknown as Contexts).guardsContextCreator ?? {};
}

function guardsIn({ guardsContextCreator }: Contexts): readonly unknown[] {
  return guardsContextCreator?.getGlobalMetadata?.() ?? [];
}
