import type { Type } from '@nestjs/common';
import { EXCEPTION_FILTERS_METADATA } from '@nestjs/common/constants.js';
import type { ExceptionFilterMetadata } from '@nestjs/common/internal';
import { BaseExceptionFilterContext, type InstanceWrapper } from '@nestjs/core/internal';
import { EventFailureFilter } from '../socket/event-failure.js';

type Target = Type | ((...args: unknown[]) => unknown);

/** Finds the filters that an application gave a gateway; classes are resolved in its module. */
export class GatewayFilters extends BaseExceptionFilterContext {
  constructor(private readonly gateway: InstanceWrapper) {
    // The container serves Nest's look-up of the module, which is known here.
    super(undefined as never);
  }

  /** A handler's filters and its gateway's, in the order in which Nest asks them. */
  of(gateway: Type, method: Target): ExceptionFilterMetadata[] {
    const own = [...filtersOn(gateway), ...filtersOn(method)].filter((each) => !isOurs(each));
    return this.createConcreteContext<unknown[], ExceptionFilterMetadata[]>(own).reverse();
  }

  override getInstanceByMetatype(filter: Type): InstanceWrapper | undefined {
    return this.gateway.host?.injectables.get(filter);
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

function filtersOn(target: Target): unknown[] {
  return (Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, target) ?? []) as unknown[];
}

function isOurs(filter: unknown): boolean {
  return filter instanceof EventFailureFilter;
}
