import { createHash } from 'node:crypto';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** Session ids and handles. */
const LONG_ID = /[\w-]{22,}/g;
/** A node, and when it started. */
const NODE = /(near-\d+|far)\.\w+/g;
/** Characters of a script's name that a table has room for. */
const MOST_CHARACTERS = 40;

/** What scripts call, by the SHA-1 that they are sent by. */
const scripts = new Map<string, string>();

/**
 * Names a command by what it does and to what kind of key: `SET sess:*`, or
 * `script(get+del+publish) sess:*`. Knows a script by the commands that it calls, once its source was seen.
 *
 * @param prefix in front of every key
 */
export function nameOf(words: readonly string[], prefix: string): string {
  const command = (words[0] ?? '').toUpperCase();
  const target = withoutIds(targetOf(words), prefix);
  if (!isScript(command)) return `${command} ${target}`.trim();
  return `script(${scriptName(command, words[1] ?? '')}) ${target}`;
}

/** The first key or the channel that a command is about. */
export function targetOf(words: readonly string[]): string {
  return words[isScript((words[0] ?? '').toUpperCase()) ? 3 : 1] ?? '';
}

function isScript(command: string): boolean {
  return command === 'EVAL' || command === 'EVALSHA';
}

function scriptName(command: string, text: string): string {
  if (command === 'EVALSHA') return scripts.get(text) ?? text.slice(0, 8);
  const name = callsOf(text);
  scripts.set(createHash('sha1').update(text).digest('hex'), name);
  return name;
}

function callsOf(source: string): string {
  const calls = [...source.matchAll(/redis\.p?call\(\s*['"](\w+)/g)].map(([, call = '']) => call);
  const name = [...new Set(calls)].join('+').toLowerCase();
  return name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS)}…` : name;
}

function withoutIds(key: string, prefix: string): string {
  return key.replace(prefix, '').replace(UUID, '*').replace(LONG_ID, '*').replace(NODE, '*');
}
