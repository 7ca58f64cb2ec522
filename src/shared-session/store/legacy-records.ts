import { setTimeout as pause } from 'node:timers/promises';
import type { RedisClientType } from 'redis';
import { SessionStoreUnavailableError } from '../shared-session.errors.js';
import { RedisScript } from '../redis/redis-script.js';
import type { FoundRecord } from './session.repository.js';

/** In the place of a record that is being moved: no JSON. */
const MOVING = 'moving';
/** How long it stays. Whoever moves a record needs a few commands, each of which fails before that. */
const MOVING_MS = 10_000;
/** How long whoever comes second waits, and how often they look. */
const WAIT_MS = 2000;
const PAUSE_MS = 20;

/** Keys: record. Returns it and its lifetime left in ms, and leaves {@link MOVING} in its place. */
const TAKE_RECORD = new RedisScript<[json: string, leftMs: number] | null>(
  `
  local json = redis.call('GET', KEYS[1])
  if not json then return nil end
  local left = redis.call('PTTL', KEYS[1])
  if json ~= '${MOVING}' then
    redis.call('SET', KEYS[1], '${MOVING}', 'PX', ${String(MOVING_MS)})
  end
  return { json, left }
`,
  'take-record',
);

/**
 * Sessions that connect-redis has written, under their ids. Each is moved when its cookie comes for the first time.
 *
 * A record is taken away before it is written under its handle: the other way round, a session that ended in between
 * would come back. A process that ends right there loses it, and the visitor signs in again.
 */
export class LegacyRecords {
  constructor(
    private readonly client: RedisClientType,
    private readonly prefix: string,
  ) {}

  /**
   * Takes a record for the caller alone. One command for a cookie that is unknown here too.
   *
   * @returns null if there is none, `moving` if somebody else is moving it
   */
  async take(sid: string): Promise<FoundRecord | 'moving' | null> {
    const key = this.prefix + sid;
    try {
      if ((await this.client.get(key)) === null) return null;
      const found = await TAKE_RECORD.run(this.client, [key], []);
      if (!found) return null;
      const [json, leftMs] = found;
      if (json === MOVING) return 'moving';
      // Negative for one that connect-redis was told to keep for good.
      return { json, leftMs: leftMs > 0 ? leftMs : Infinity };
    } catch (cause) {
      throw new SessionStoreUnavailableError(cause);
    }
  }

  /** Waits until `find` finds what somebody else is moving; null if it does not come. */
  async awaitMoved<T>(find: () => Promise<T | null>): Promise<T | null> {
    const giveUpAt = performance.now() + WAIT_MS;
    while (performance.now() < giveUpAt) {
      const found = await find();
      if (found !== null) return found;
      await pause(PAUSE_MS);
    }
    return null;
  }
}
