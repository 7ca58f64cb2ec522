import type { Random } from '../../support/random.js';
import { hostileKey, hostileValue } from './values.js';

const EVENTS = ['session:get', 'session:extend', 'cart:get', 'cart:apply', 'cart:sync'];
/** Those whose payload is looked at. */
const EVENTS_WITH_PAYLOAD = ['cart:apply', 'cart:sync'];

/** Names that mean something to somebody; those that Socket.IO keeps to itself are not among them. */
const NAMES = [
  'error',
  'message',
  'data',
  'close',
  'ping',
  'pong',
  'exception',
  'session:ready',
  'session:ended',
  'cart:changed',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'then',
  '',
  ' ',
  '*',
  'cart:apply ',
  'CART:APPLY',
  'user:1',
];

const SKUS = [
  'scale',
  'milk-jug',
  'cup-set',
  'nothing',
  '',
  'Scale',
  '../scale',
  'a'.repeat(40),
  'a'.repeat(41),
];
const TYPES = ['add', 'set', 'clear', '__proto__', 'toString'];

/** A UUID that follows from the seed. */
export function operationId(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.below(16).toString(16)).join('');
  const [, a = '', b = '', c = '', d = '', e = ''] =
    /^(.{8})(.{4})(.{3})(.{3})(.{12})/.exec(hex) ?? [];
  return `${a}-${b}-4${c}-8${d}-${e}`;
}

/** An event of the contract, such as a client sends, as a JSON array. */
export function properEvent(random: Random): string {
  const [name, payload] = properParts(random);
  return payload === undefined ? `["${name}"]` : `["${name}",${payload}]`;
}

/** An event of the contract, with a payload that is wrong in one way or another. */
export function hostileEvent(random: Random): string {
  const kind = random.below(4);
  const name = random.pick(random.chance(0.9) ? EVENTS_WITH_PAYLOAD : EVENTS);
  if (kind === 0) return `["${name}",${hostileValue(random)}]`;
  if (kind === 1) return `["cart:apply",${operation(random)}]`;
  if (kind === 2) return `["${name}",${hostileValue(random)},${hostileValue(random)}]`;
  const [own, payload = '{}'] = properParts(random);
  return `["${own}",${spoilt(payload, random)}]`;
}

/** An event that is not of the contract. */
export function strangeEvent(random: Random): string {
  const name = random.chance(0.3)
    ? random.pick(['0', '-1', '1e308', '0.5', '9007199254740993'])
    : JSON.stringify(random.pick(NAMES));
  return random.chance(0.5) ? `[${name}]` : `[${name},${hostileValue(random)}]`;
}

function properParts(random: Random): [name: string, payload?: string] {
  const name = random.pick(EVENTS);
  if (name === 'cart:apply') {
    const id = operationId(random);
    return [
      name,
      `{"operationId":"${id}","type":"set","sku":"scale","quantity":${String(random.below(99))}}`,
    ];
  }
  if (name === 'cart:sync') return [name, '{"version":0,"revision":""}'];
  return [name];
}

/** An operation, each of whose fields may be wrong. */
function operation(random: Random): string {
  const either = (usual: string): string => (random.chance(0.3) ? hostileValue(random) : usual);
  const fields = [
    `"operationId":${either(`"${operationId(random)}"`)}`,
    `"type":${either(`"${random.pick(TYPES)}"`)}`,
    `"sku":${either(JSON.stringify(random.pick(SKUS)))}`,
    `"quantity":${either(String(random.below(101)))}`,
  ];
  if (random.chance(0.1)) fields.push(`${hostileKey(random)}:${hostileValue(random)}`);
  return `{${fields.filter(() => random.chance(0.95)).join(',')}}`;
}

/** A payload with one more property, or with one of its values replaced. */
function spoilt(payload: string, random: Random): string {
  const value = hostileValue(random);
  const kind = random.below(3);
  if (kind === 0)
    return payload.replace(
      '{',
      () => `{${hostileKey(random)}:${value}${payload === '{}' ? '' : ','}`,
    );
  if (kind === 1) return payload.replace(/:("[^"]*"|\d+)/, () => `:${value}`);
  return payload.replace(/:(\d+|"set"|"")/, () => `:${value}`);
}
