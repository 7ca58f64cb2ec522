import type { ExceptionFilter, Type } from '@nestjs/common';
import {
  GUARDS_METADATA,
  PARAMTYPES_METADATA,
  PIPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
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
import { containHooks } from '../socket/gateway-hooks.js';
import type { Finding } from './audit-findings.js';
import type { Rate } from '../limits/rate.js';
import { COST_METADATA, LIMIT_METADATA, POLL_METADATA } from './decorators.js';
import { GatewayFilters, putFailureFilterFirst, type Wrapper } from './gateway-filters.js';
import type { GlobalEnhancers } from './global-enhancers.js';
import { isChecked, type Parameter } from './payload-check.js';

/** What the event dispatcher has to know of an event. */
export interface EventRules {
  /** Whether the event does not count as activity. */
  readonly isPoll: boolean;
  /** What it takes of its budget. */
  readonly cost: number;
  /** Its own limit; null if it counts towards the one of all events. */
  readonly limit: Rate | null;
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

type Parameters = Readonly<Record<string, Parameter>>;
type Target = Type | Handler['method'];

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
 * Prepares every gateway for the event dispatcher, before Nest makes its handlers.
 *
 * @throws SharedSessionConfigError naming a handler that acknowledges by itself, or two of one event
 */
export function prepareGateways(discovery: DiscoveryService): GatewayRules {
  const seen = new Map<string, string>();
  const rules = new Map<string, Map<string, EventRules>>();
  for (const [gateway, wrapper] of gatewaysIn(discovery)) {
    containHooks(gateway, wrapper.instance as object);
    const filters = new GatewayFilters(wrapper);
    const place = placeOfGateway(gateway);
    const events = rules.get(place) ?? new Map<string, EventRules>();
    rules.set(place, events);
    for (const handler of handlersOf(gateway)) {
      checkAcknowledgement(handler);
      checkUnique(handler, `${place} ${handler.event}`, seen);
      events.set(handler.event, {
        ...costOf(handler),
        isPoll: Reflect.hasMetadata(POLL_METADATA, handler.method),
        filters: filters.of(gateway, handler.method),
      });
      putFailureFilterFirst(handler.method);
    }
  }
  return rules;
}

function costOf({ method }: Handler): Pick<EventRules, 'cost' | 'limit'> {
  const cost = Reflect.getMetadata(COST_METADATA, method) as number | undefined;
  const limit = Reflect.getMetadata(LIMIT_METADATA, method) as Rate | undefined;
  return { cost: cost ?? 1, limit: limit ?? null };
}

/**
 * Finds the gateway handlers without a guard, and those with a payload that nothing checks. A handler that nobody
 * decided about must not be reachable, and a forgotten decorator would go unnoticed until somebody abuses it (ASVS 8.2.1).
 */
export function auditGateways(discovery: DiscoveryService, globals: GlobalEnhancers): Finding[] {
  return [...gatewaysIn(discovery).keys()]
    .flatMap(handlersOf)
    .flatMap((handler) => [
      ...(isGuarded(handler, globals) ? [] : [unguarded(handler)]),
      ...(isPayloadChecked(handler, globals) ? [] : [unchecked(handler)]),
    ]);
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

function isGuarded({ gateway, method }: Handler, { guards }: GlobalEnhancers): boolean {
  const own = [gateway, method].flatMap((target) => listOn(GUARDS_METADATA, target));
  return guards.length + own.length > 0;
}

function unguarded({ name }: Handler): Finding {
  return {
    what: `${name} has no guard, so nobody decided who may call it.`,
    remedies: [
      'Put @SignedIn() or @Roles(…) on the handler or its gateway.',
      'Put @AnySession() on it if guests may call it too.',
    ],
  };
}

function isPayloadChecked(handler: Handler, { pipes }: GlobalEnhancers): boolean {
  const { gateway, method } = handler;
  const around = [...pipes, ...listOn(PIPES_METADATA, gateway), ...listOn(PIPES_METADATA, method)];
  const types = typesOf(handler) ?? [];
  return payloadsOf(handler).every((parameter) =>
    isChecked(parameter, types[parameter.index], around),
  );
}

function unchecked({ name }: Handler): Finding {
  return {
    what: `${name} takes a payload without a schema.`,
    remedies: [
      'Give it one: @Payload(schema), with zod or any other Standard Schema.',
      'Make its type a class with rules for class-validator, and put @UsePipes(new ValidationPipe()) on the gateway.',
      'Remove the parameter if the event has no payload.',
    ],
  };
}

/** The parameters that are given the payload. Without any parameter decorator Nest passes the client and the payload. */
function payloadsOf(handler: Handler): Parameter[] {
  const entries = Object.entries(parametersOf(handler.gateway, handler.key));
  if (entries.length === 0) return takesMoreThanClient(handler) ? [{ index: 1 }] : [];
  return entries.filter(([key]) => key.startsWith(PAYLOAD)).map(([, parameter]) => parameter);
}

/** What a function says of its length leaves out those with a default, and the rest. */
function takesMoreThanClient(handler: Handler): boolean {
  const types = typesOf(handler);
  const { length } = handler.method;
  return types ? types.length > Math.min(length, 1) : length > 0;
}

function checkAcknowledgement({ gateway, key: property, name }: Handler): void {
  const keys = Object.keys(parametersOf(gateway, property));
  if (!keys.some((key) => key.startsWith(ACK))) return;
  throw new SharedSessionConfigError(
    `${name} takes @Ack(), but every event is acknowledged with what its handler returns or throws.`,
    ['Return the data, or throw a CodedError.'],
  );
}

/** What TypeScript emits for the types of a handler's parameters; undefined if it was not asked to. */
function typesOf({ gateway, key }: Handler): unknown[] | undefined {
  return Reflect.getMetadata(PARAMTYPES_METADATA, gateway.prototype as object, key) as
    unknown[] | undefined;
}

function listOn(metadata: string, target: Target): unknown[] {
  return (Reflect.getMetadata(metadata, target) ?? []) as unknown[];
}

function parametersOf(gateway: Type, key: string): Parameters {
  return (Reflect.getMetadata(ROUTE_ARGS_METADATA, gateway, key) ?? {}) as Parameters;
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
