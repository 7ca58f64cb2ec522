import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

/** Shorter ones could stand in a log by chance. */
const LEAST_CHARACTERS = 16;

/** What no log may have in it: passwords, cookies, the ids of sessions. */
const secrets = new Set<string>();
let logged: string[] = [];

export function keepSecret(secret: string): void {
  if (secret.length >= LEAST_CHARACTERS) secrets.add(secret);
}

/** Remembers what the cookies of an answer are worth. */
export function keepCookies(headers: readonly string[]): void {
  for (const header of headers) {
    const value = header.split(';', 1)[0]?.split('=').slice(1).join('=') ?? '';
    // Also what it is where a log has it decoded; a cookie that somebody made up need not decode to anything.
    const [, id = ''] = /^s(?:%3A|:)([^.]*)\./i.exec(value) ?? [];
    for (const secret of [value, value.replace(/%[2-7][\da-f]/gi, decodeURIComponent), id])
      keepSecret(secret);
  }
}

/** Notes what a process has written. */
export function noteOutput(output: string): void {
  logged.push(output);
}

/** Lines that were logged since the last call and have a secret in them. */
export function takeLeaks(): string[] {
  const lines = logged.flatMap((text) => text.split('\n'));
  logged = [];
  return lines.filter((line) => [...secrets].some((secret) => line.includes(secret)));
}

/** Keeps all that is logged, whatever its level, as far as `inspect` sees into it. */
export class CanaryLogger implements LoggerService {
  log = note;
  fatal = note;
  error = note;
  warn = note;
  debug = note;
  verbose = note;
}

function note(...words: unknown[]): void {
  logged.push(
    words.map((word) => (typeof word === 'string' ? word : inspect(word, { depth: 6 }))).join(' '),
  );
}
