import { Inject, Injectable } from '@nestjs/common';
import { type Principal, rulesOf } from '../session/principal.js';
import { RESOLVED_OPTIONS } from '../shared-session.module-definition.js';
import type { ResolvedOptions } from '../shared-session.options.js';
import { RedisScript } from '../redis/redis-script.js';
import { NodeLife } from '../signals/node-life.js';
import { SessionKeys } from '../store/session-keys.js';
import { StoredSessions } from '../store/stored-sessions.js';
import type { Link } from './link.js';

/** Between a session's handle, which does not have it, and the node in a hash field. */
const SEPARATOR = '~';

/**
 * Keys: hash. Arguments: field, count, lifetime in ms, at least. Returns 1 if the session came online on this node or went offline,
 * else 0; and how many fields there are.
 */
const REPORT = new RedisScript<[hasTurned: number, devices: number]>(
  `
  local wasOnline = redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1
  local isOnline = ARGV[2] ~= '0'
  if ARGV[2] == '0' then redis.call('HDEL', KEYS[1], ARGV[1])
  else redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
  return { wasOnline == isOnline and 0 or 1, redis.call('HLEN', KEYS[1]) }
`,
  'report-sockets',
);

/**
 * How many live sockets each of a user's sessions has, over all nodes. Each node writes its own
 * counts; those of a node that fell silent do not count.
 */
@Injectable()
export class SocketPresence {
  /** The links of this node whose sockets are counted. */
  readonly #links = new Set<Link>();
  /** The links of which Redis does not know the present count. */
  readonly #due = new Set<Link>();
  /** The links whose count is on its way, and whether it has changed since. */
  readonly #writing = new Map<Link, boolean>();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly keys: SessionKeys,
    private readonly stored: StoredSessions,
    private readonly life: NodeLife,
  ) {
    life.onBeat((isAnew) => {
      this.#catchUp(isAnew);
    });
  }

  /**
   * Writes down how many sockets a session has on this node, when the count before has been written: Redis may take two commands in
   * another order than they were sent in, if the first had to be sent again. Not for principals without a list of devices.
   */
  report(link: Link): void {
    const principal = link.session?.principal;
    if (!principal || !rulesOf(principal).hasDevices) return;
    if (link.sockets.size > 0) this.#links.add(link);
    else this.#links.delete(link);
    if (this.#writing.has(link)) {
      this.#writing.set(link, true);
      return;
    }
    this.#writing.set(link, false);
    const life = this.life.name;
    // What Redis heard before its reply was lost is no news to it the second time.
    const isRepeated = this.#due.has(link);
    const written = this.#report(principal, link, isRepeated).then(
      () => life === this.life.name && this.#due.delete(link),
      () => this.#due.add(link),
    );
    void written.then(() => {
      const hasChanged = this.#writing.get(link) === true;
      this.#writing.delete(link);
      if (hasChanged) this.report(link);
    });
  }

  /** Live sockets by handle of session, for one user. */
  async count(principal: Principal): Promise<Map<string, number>> {
    const { commands } = this.options.redis;
    const fields = Object.entries(await commands.hGetAll(this.keys.socketsOf(principal)));
    const parsed = fields.map(([field, count]) => {
      const end = field.indexOf(SEPARATOR);
      return { handle: field.slice(0, end), instance: field.slice(end + 1), count: Number(count) };
    });
    const alive = await this.life.aliveAmong([...new Set(parsed.map(({ instance }) => instance))]);
    const counts = new Map<string, number>();
    for (const { handle, instance, count } of parsed) {
      if (alive.has(instance)) counts.set(handle, (counts.get(handle) ?? 0) + count);
    }
    const dead = parsed.filter(({ instance }) => !alive.has(instance));
    this.#forget(
      principal,
      dead.map(({ handle, instance }) => `${handle}${SEPARATOR}${instance}`),
    );
    return counts;
  }

  async #report(principal: Principal, link: Link, isRepeated: boolean): Promise<void> {
    const count = link.sockets.size;
    const field = `${link.handle}${SEPARATOR}${this.life.name}`;
    const usualMs = this.options.limits.absoluteMs;
    const keptMs = Math.max(usualMs, link.session?.limits.absoluteMs ?? usualMs);
    const args = [field, count, keptMs];
    const key = this.keys.socketsOf(principal);
    const [hasTurned, devices] = await REPORT.run(this.options.redis.commands, [key], args);
    // Not each further tab: every change is told to all of a user's tabs.
    if (hasTurned === 0 && !isRepeated) return;
    // A user's only device has nobody to tell.
    if (devices > (count === 0 ? 0 : 1)) this.stored.local.emit('sessions', principal);
  }

  /** A dead node removes nothing itself, and none that lives has its name: nothing new is lost here. */
  #forget(principal: Principal, fields: string[]): void {
    if (fields.length === 0) return;
    const key = this.keys.socketsOf(principal);
    this.options.redis.commands.hDel(key, fields).catch(() => undefined);
  }

  /** Of a node that counted as dead, all is being forgotten. */
  #catchUp(isAnew: boolean): void {
    if (isAnew) for (const link of this.#links) this.#due.add(link);
    for (const link of this.#due) this.report(link);
  }
}
