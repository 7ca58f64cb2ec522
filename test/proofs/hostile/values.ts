import type { Random } from '../../support/random.js';

/** Numbers at the borders of every type that could hold them. */
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '0.5',
  '98',
  '99',
  '100',
  '2147483647',
  '2147483648',
  '-2147483649',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '-9007199254740993',
  '1e21',
  '1e308',
  // Infinity, to whoever parses it.
  '1e309',
  '5e-324',
];

const STRINGS = [
  '""',
  '" "',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u202e"',
  '"😀"',
  '"__proto__"',
  '"constructor"',
  '"99"',
  '"null"',
  '"{}"',
  '"|:,"',
  '"*"',
];

/** Objects that pretend to be something else to code that looks at their properties. */
const OBJECTS = [
  '{}',
  '[]',
  '{"length":{}}',
  '{"length":1e9}',
  '{"length":-1}',
  '{"toString":1}',
  '{"toString":null,"valueOf":null}',
  '{"toJSON":1}',
  '{"then":1}',
  '{"__proto__":{"isAdmin":true}}',
  '{"__proto__":null}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{"hasOwnProperty":1}',
  '{"_placeholder":true,"num":0}',
  '{"type":"Buffer","data":[1,2,3]}',
  '{"0":"a","1":"b","length":2}',
  '[null]',
  '[[[]]]',
];

const PLAIN = ['null', 'true', 'false'];
const MOST_DEPTH = 3000;
const MOST_LENGTH = 8000;
/** How deep values are put into one another, beside those that are only deep. */
const NESTING = 3;

/** Some JSON that nobody expects, as text: parsers and serialisers would even it out. */
export function hostileValue(random: Random, nesting = NESTING): string {
  const kind = random.below(nesting > 0 ? 12 : 8);
  if (kind < 3) return random.pick(NUMBERS);
  if (kind < 5) return random.pick(STRINGS);
  if (kind < 7) return random.pick(OBJECTS);
  if (kind === 7) return random.pick(PLAIN);
  if (kind === 8) return random.chance(0.1) ? deep(random) : hostileValue(random, 0);
  if (kind === 9) return random.chance(0.1) ? long(random) : hostileValue(random, 0);
  if (kind === 10) return hostileArray(random, nesting - 1);
  return hostileObject(random, nesting - 1);
}

/** The name of a property, one that code may stumble over, or none in particular. */
export function hostileKey(random: Random): string {
  return random.pick([...STRINGS, '"length"', '"toString"', '"id"', '"quantity"', '"version"']);
}

function hostileArray(random: Random, nesting: number): string {
  const items = Array.from({ length: random.below(5) }, () => hostileValue(random, nesting));
  return `[${items.join(',')}]`;
}

function hostileObject(random: Random, nesting: number): string {
  const entries = Array.from(
    { length: random.below(5) },
    () => `${hostileKey(random)}:${hostileValue(random, nesting)}`,
  );
  return `{${entries.join(',')}}`;
}

function deep(random: Random): string {
  const depth = 1 + random.below(MOST_DEPTH);
  return random.chance(0.5)
    ? '['.repeat(depth) + ']'.repeat(depth)
    : `${'{"a":'.repeat(depth / 2)}1${'}'.repeat(depth / 2)}`;
}

function long(random: Random): string {
  const piece = random.pick(['a', '\\u0000', '\\ud800', 'ß', '😀', ' ']);
  return `"${piece.repeat(random.below(MOST_LENGTH / piece.length) / 2)}"`;
}
