import { RedisScript } from './redis-script.js';

/** What {@link SAVE_SESSION} found. */
export const SaveOutcome = { gone: 0, saved: 1, changed: 2 } as const;

/**
 * Replaces a record that is still what the writer loaded, and signals `changed`.
 *
 * Keys: record. Arguments: what was loaded, what to save, lifetime in ms or `keep`, channel, signal.
 * Returns an outcome and, if it is `changed`, the record of the other writer.
 */
export const SAVE_SESSION = new RedisScript<[number, string]>(`
  local current = redis.call('GET', KEYS[1])
  if not current then return { ${String(SaveOutcome.gone)}, '' } end
  if current ~= ARGV[1] then return { ${String(SaveOutcome.changed)}, current } end
  if ARGV[3] == 'keep' then
    redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
  else
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  end
  redis.call('PUBLISH', ARGV[4], ARGV[5])
  return { ${String(SaveOutcome.saved)}, '' }
`);

/**
 * Removes a record and signals `ended` in one step, so that no node learns of one without the other.
 *
 * Keys: record. Arguments: channel, signal. Returns the record that was removed, if there was one.
 */
export const END_SESSION = new RedisScript<string | null>(`
  local record = redis.call('GET', KEYS[1])
  redis.call('DEL', KEYS[1])
  redis.call('PUBLISH', ARGV[1], ARGV[2])
  return record
`);

/** Keys: records. Returns for each its JSON (empty if it is gone) and its lifetime left in ms. */
export const READ_SESSIONS = new RedisScript<(string | number)[]>(`
  local found = {}
  for i, key in ipairs(KEYS) do
    found[2 * i - 1] = redis.call('GET', key) or ''
    found[2 * i] = redis.call('PTTL', key)
  end
  return found
`);

/** Keys: records. Returns the lifetime left of each in ms; negative if a record is gone. */
export const SESSION_LIFETIMES = new RedisScript<number[]>(`
  local left = {}
  for i, key in ipairs(KEYS) do left[i] = redis.call('PTTL', key) end
  return left
`);

/**
 * Prolongs sessions that were active, and shortens none: another node may know of later activity. A
 * session that ended meanwhile stays ended: its record is not made again, and it does not come back
 * into its principal's set.
 *
 * Keys: for each session its record and its principal's set. Arguments: for each session its
 * lifetime in ms, its expiry in ms since the epoch, and its id.
 */
export const TOUCH_SESSIONS = new RedisScript<null>(`
  for i = 1, #KEYS / 2 do
    local left = redis.call('PTTL', KEYS[2 * i - 1])
    if left ~= -2 and left < tonumber(ARGV[3 * i - 2]) then
      redis.call('PEXPIRE', KEYS[2 * i - 1], ARGV[3 * i - 2])
      redis.call('ZADD', KEYS[2 * i], 'XX', ARGV[3 * i - 1], ARGV[3 * i])
    end
  end
`);

/**
 * Adds a session to its principal's set, drops those that expired, and lets the set itself expire.
 *
 * Keys: the set. Arguments: session id, its expiry and the time now in ms since the epoch, longest
 * lifetime of any session in ms.
 */
export const ENROL_SESSION = new RedisScript<null>(`
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
`);
