// Prints deploy/redis.acl as redis-server reads it, for one prefix and with the passwords of those users who have one:
//   DEFAULT_PASSWORD=… NODES_PASSWORD=… node scripts/redis-acl.js --prefix=shop: > users.acl
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** From the repository's root, where this program too is started. */
const TEMPLATE = readFileSync('deploy/redis.acl', 'utf8');

/**
 * @param {{ prefix: string, legacyPrefix?: string | undefined, extra: readonly string[] }} settings what keys begin
 *   with, as patterns, and the words in brackets whose lines are wanted
 * @returns {Map<string, string>} what each user may do
 */
export function redisUsers({ prefix, legacyPrefix = '', extra }) {
  const [, ...parts] = TEMPLATE.replace(/^ *#.*\n/gm, '').split(/^user (\w+)\n/m);
  return new Map(
    parts.flatMap((name, index) =>
      index % 2 === 0 ? [[name, rulesIn(parts[index + 1] ?? '')]] : [],
    ),
  );

  /** @param {string} part */
  function rulesIn(part) {
    const lines = part.split('\n').flatMap((line) => {
      const [, word, rules = line] = /^ *\[(\w+)\](.*)$/.exec(line) ?? [];
      return word === undefined || extra.includes(word) ? rules.trim() : [];
    });
    return lines
      .filter(Boolean)
      .join(' ')
      .replaceAll('<prefix>', prefix)
      .replaceAll('<legacy-prefix>', legacyPrefix);
  }
}

/**
 * @param {ReadonlyMap<string, string>} users as {@link redisUsers} gives them
 * @param {(name: string) => string | undefined} passwordOf a user without one is left out
 * @returns {string} an ACL file; it has hashes of the passwords
 */
export function aclFile(users, passwordOf) {
  return [...users]
    .flatMap(([name, rules]) => {
      const password = passwordOf(name);
      if (!password) return [];
      const hash = createHash('sha256').update(password).digest('hex');
      return `user ${name} on #${hash} resetchannels -@all ${rules}\n`;
    })
    .join('');
}

/** A text as a pattern that only it matches. @param {string} text */
export function literally(text) {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}

function main() {
  const { values } = parseArgs({
    options: {
      prefix: { type: 'string', default: '' },
      'legacy-prefix': { type: 'string' },
      classic: { type: 'boolean', default: false },
      scan: { type: 'boolean', default: false },
      cluster: { type: 'boolean', default: false },
      oidc: { type: 'boolean', default: false },
      replica: { type: 'boolean', default: false },
    },
  });
  const { prefix, 'legacy-prefix': legacyPrefix, ...flags } = values;
  const asked = { ...flags, legacy: legacyPrefix !== undefined };
  const users = redisUsers({
    prefix: literally(prefix),
    legacyPrefix: literally(legacyPrefix ?? ''),
    extra: Object.entries(asked).flatMap(([word, isAsked]) => (isAsked ? word : [])),
  });
  const passwordOf = (/** @type {string} */ name) => process.env[`${name.toUpperCase()}_PASSWORD`];
  if (!passwordOf('default')) {
    console.error('DEFAULT_PASSWORD is not set: without one, everybody may do everything.');
    process.exitCode = 1;
    return;
  }
  process.stdout.write(aclFile(users, passwordOf));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
