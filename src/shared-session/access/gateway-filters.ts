import type { ExceptionFilter, Type } from '@nestjs/common';
import { EXCEPTION_FILTERS_METADATA } from '@nestjs/common/constants.js';
import type { DiscoveryService } from '@nestjs/core';
import { EventFailureFilter } from '../socket/event-failure.js';

type Target = Type | ((...args: unknown[]) => unknown);
/** What Nest's container knows of a class. */
export type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Finds the filters that an application gave a gateway; classes are resolved in its module. */
export class GatewayFilters {
  constructor(private readonly gateway: Wrapper) {}

  /** A handler's filters and its gateway's, in the order in which Nest asks them. */
  of(gateway: Type, method: Target): ExceptionFilter[] {
    return [...filtersOn(gateway), ...filtersOn(method)]
      .filter((filter) => !isOurs(filter))
      .flatMap((filter) => this.#instanceOf(filter) ?? [])
      .reverse();
  }

  /** As in Nest, a class that is made anew for every request or user of it has no instance here. */
  #instanceOf(filter: ExceptionFilter | Type<ExceptionFilter>): ExceptionFilter | undefined {
    if (typeof filter !== 'function') return filter;
    const wrapper = this.gateway.host?.injectables.get(filter);
    if (!wrapper || wrapper.isTransient || !wrapper.isDependencyTreeStatic()) return undefined;
    return wrapper.instance as ExceptionFilter;
  }
}

/** Puts our filter where Nest asks first. An instance: Nest has collected the classes by now. */
export function putFailureFilterFirst(method: Target): void {
  const filters = filtersOn(method);
  if (filters.some(isOurs)) return;
  Reflect.defineMetadata(
    EXCEPTION_FILTERS_METADATA,
    [...filters, new EventFailureFilter()],
    method,
  );
}

function filtersOn(target: Target): (ExceptionFilter | Type<ExceptionFilter>)[] {
  const filters: unknown = Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, target) ?? [];
  return filters as (ExceptionFilter | Type<ExceptionFilter>)[];
}

function isOurs(filter: unknown): boolean {
  return filter instanceof EventFailureFilter;
}
