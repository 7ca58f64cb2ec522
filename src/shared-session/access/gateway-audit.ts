import type { ExceptionFilter, Type } from '@nestjs/common';
import { GUARDS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { type DiscoveryService, MetadataScanner } from '@nestjs/core';
import {
  GATEWAY_METADATA,
  GATEWAY_OPTIONS,
  MESSAGE_MAPPING_METADATA,
  MESSAGE_METADATA,
  PORT_METADATA,
} from '@nestjs/websockets/constants.js';
import { WsParamtype } from '@nestjs/websockets/enums/ws-paramtype.enum.js';
import { SharedSessionConfigError } from '../shared-session.errors.js';
import { POLL_METADATA } from './decorators.js';
import { GatewayFilters, putFailureFilterFirst, type Wrapper } from './gateway-filters.js';
import { PayloadPipe } from './payload.pipe.js';

/** What the event dispatcher has to know of an event. */
export interface EventRules {
  /** Whether the event does not count as activity. */
  readonly isPoll: boolean;
  /** The application's own filters, in the order in which Nest asks them. */
  readonly filters: readonly ExceptionFilter[];
}

interface Handler {
  readonly gateway: Type;
  /** The property's name, by which Nest finds the parameters; a wrapped method's own name differs. */
  readonly key: string;
  readonly method: (...args: unknown[]) => unknown;
  readonly event: string;
  readonly name: string;
}

interface Parameter {
  readonly schema?: unknown;
  readonly pipes?: readonly unknown[];
}
type Parameters = Readonly<Record<string, Parameter>>;

/** The starts of the keys under which Nest keeps what it knows of a parameter. The first Nest 11 has no `@Ack()`. */
const PAYLOAD = `${String(WsParamtype.PAYLOAD)}:`;
const ACK = `${String(WsParamtype.ACK)}:`;

/** Where gateways listen. Those that share all of it share their events. */
export interface GatewayPlace {
  /** Socket.IO's path, `/socket.io` if there is none. */
  readonly path?: string;
  /** A name, or a pattern of names. */
  readonly namespace?: string | RegExp;
}

/** The rules of the events of each place, by {@link placeOf} and then by event. */
export type GatewayRules = ReadonlyMap<string, ReadonlyMap<string, EventRules>>;

/** One name for a place. With or without a slash, a namespace is the same to Socket.IO. */
export function placeOf(port: number, { path = '', namespace = '/' }: GatewayPlace = {}): string {
  const name = String(namespace);
  const isNamed = name.startsWith('/') || namespace instanceof RegExp;
  return `${String(port)} ${path} ${isNamed ? name : `/${name}`}`;
}

/**
 * Checks every gateway handler at boot, and prepares the gateways for the event dispatcher. A handler
 * that nobody decided about must not be reachable, and a forgotten decorator would go unnoticed until
 * somebody abuses it (ASVS 8.2.1). A global guard does not count: it does not say who may call this one.
 *
 * @throws SharedSessionConfigError naming the first handler without a guard or a schema
 */
export function auditGateways(discovery: DiscoveryService): GatewayRules {
  const seen = new Map<string, string>();
  const rules = new Map<string, Map<string, EventRules>>();
  for (const [gateway, wrapper] of gatewaysIn(discovery)) {
    const filters = new GatewayFilters(wrapper);
    const place = placeOfGateway(gateway);
    const events = rules.get(place) ?? new Map<string, EventRules>();
    rules.set(place, events);
    for (const handler of handlersOf(gateway)) {
      checkGuard(handler);
      checkParameters(handler);
      checkUnique(handler, `${place} ${handler.event}`, seen);
      const isPoll = Reflect.hasMetadata(POLL_METADATA, handler.method);
      events.set(handler.event, { isPoll, filters: filters.of(gateway, handler.method) });
      putFailureFilterFirst(handler.method);
    }
  }
  return rules;
}

function gatewaysIn(discovery: DiscoveryService): Map<Type, Wrapper> {
  const isGateway = (type: unknown): type is Type =>
    typeof type === 'function' && Reflect.hasMetadata(GATEWAY_METADATA, type);
  const gateways = discovery
    .getProviders()
    .flatMap((wrapper): [Type, Wrapper][] =>
      isGateway(wrapper.metatype) ? [[wrapper.metatype, wrapper]] : [],
    );
  return new Map(gateways);
}

function placeOfGateway(gateway: Type): string {
  const port = Number(Reflect.getMetadata(PORT_METADATA, gateway));
  return placeOf(port, Reflect.getMetadata(GATEWAY_OPTIONS, gateway) as GatewayPlace);
}

function handlersOf(gateway: Type): Handler[] {
  const prototype = gateway.prototype as Record<string, Handler['method']>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((key) => {
    const method = prototype[key];
    if (!method || !Reflect.hasMetadata(MESSAGE_MAPPING_METADATA, method)) return [];
    const event = String(Reflect.getMetadata(MESSAGE_METADATA, method));
    return [{ gateway, key, method, event, name: `${gateway.name}.${key} ("${event}")` }];
  });
}

function checkGuard({ gateway, method, name }: Handler): void {
  const guarded = [gateway, method].some((target) => Reflect.hasMetadata(GUARDS_METADATA, target));
  if (guarded) return;
  throw new SharedSessionConfigError(`${name} has no guard, so nobody decided who may call it.`, [
    'Put @SignedIn() or @Roles(…) on the handler or its gateway.',
    'Put @AnySession() on it if guests may call it too.',
  ]);
}

function checkParameters({ gateway, key: property, method, name }: Handler): void {
  const entries = Object.entries(parametersOf(gateway, property));
  if (entries.some(([key]) => key.startsWith(ACK))) {
    throw new SharedSessionConfigError(
      `${name} takes @Ack(), but every event is acknowledged with what its handler returns or throws.`,
      ['Return the data, or throw a CodedError.'],
    );
  }
  const payloads = entries.filter(([key]) => key.startsWith(PAYLOAD));
  const unchecked = payloads.some(([, parameter]) => !hasSchema(parameter));
  // Without any parameter decorator Nest passes the client and the raw payload.
  if (!unchecked && (entries.length > 0 || method.length === 0)) return;
  throw new SharedSessionConfigError(`${name} takes a payload without a schema.`, [
    'Give it one: @Payload(schema), with zod or any other Standard Schema.',
    'Remove the parameter if the event has no payload.',
  ]);
}

function parametersOf(gateway: Type, key: string): Parameters {
  return (Reflect.getMetadata(ROUTE_ARGS_METADATA, gateway, key) ?? {}) as Parameters;
}

function hasSchema({ schema, pipes = [] }: Parameter): boolean {
  return schema !== undefined || pipes.some((pipe) => pipe instanceof PayloadPipe && pipe.isBound);
}

function checkUnique({ name }: Handler, event: string, seen: Map<string, string>): void {
  const other = seen.get(event);
  if (other !== undefined) {
    throw new SharedSessionConfigError(
      `${name} and ${other} handle the same event; an event has one answer.`,
      ['Rename one of the events.', 'Move one of the gateways to another namespace.'],
    );
  }
  seen.set(event, name);
}
