import { RedisScript } from '../redis/redis-script.js';

/** What {@link ENTER_SESSION} found in the principal's set. */
export const EntryState = { ending: 0, entered: 1, missing: 2 } as const;
export type EntryState = (typeof EntryState)[keyof typeof EntryState];

/** What {@link REPLACE_RECORD} found. */
export const ReplaceOutcome = { gone: 0, replaced: 1, changed: 2 } as const;

// Two nodes compare these times, so they are Redis' own.
const NOW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

// The set outlives its longest entry by the longest life of a record, and a mark by as long after it was last seen.
// Never shorter: another entry may need it longer. The application's keys of that principal live on with it, but for
// those that have no expiry.
const KEEP_SET = `
  local function keepSet(neededMs)
    for i, key in ipairs(KEYS) do
      local left = redis.call('PTTL', key)
      local mayExpire = left >= 0 or i == 1
      if mayExpire and left < neededMs then redis.call('PEXPIRE', key, neededMs) end
    end
  end
`;

// How long an entry is kept when it has expired. Where that is longer than usual, the digits behind the point of its score
// say so, and each session's activity leaves those of others alone: 2^(64 × 0.5) ms are 49 days.
const KEPT = `
  local function fractionOf(keptMs, usualMs)
    if keptMs <= usualMs then return 0 end
    return math.ceil(math.log(keptMs) / math.log(2)) / 64
  end
  local function keptOf(score, usualMs)
    local fraction = score % 1
    return fraction == 0 and usualMs or 2 ^ (64 * fraction)
  end
`;
/** Expired entries that one activity removes at most. */
const REMOVED_AT_ONCE = 1000;

/**
 * Raises the expiry of a session in its principal's set, never from 0: one that is being ended stays so.
 *
 * Keys: the set, the application's keys of that principal. Arguments: handle, its lifetime in ms (0: listed, but without rights), `add` or `raise` (only
 * one that is there), how long its entry is kept when it has expired, in ms, and how long entries are usually. Returns an
 * {@link EntryState}.
 */
export const ENTER_SESSION = new RedisScript<EntryState>(
  `
  ${NOW} ${KEEP_SET} ${KEPT}
  local usual = tonumber(ARGV[5])
  local fraction = fractionOf(tonumber(ARGV[4]), usual)
  local expiry = now + ARGV[2] + fraction - math.ceil(fraction)
  local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or -1)
  if score == 0 then
    keepSet(tonumber(ARGV[4]))
    return ${String(EntryState.ending)}
  end
  if score < 0 and ARGV[3] == 'raise' then return ${String(EntryState.missing)} end
  if score < expiry then redis.call('ZADD', KEYS[1], expiry, ARGV[1]) end
  local before = { '(0', now - usual, 'WITHSCORES', 'LIMIT', 0, ${String(REMOVED_AT_ONCE)} }
  local expired = redis.call('ZRANGEBYSCORE', KEYS[1], unpack(before))
  for i = 1, #expired, 2 do
    local score = tonumber(expired[i + 1])
    if score < now - keptOf(score, usual) then redis.call('ZREM', KEYS[1], expired[i]) end
  end
  keepSet(ARGV[2] + ARGV[4])
  return ${String(EntryState.entered)}
`,
  'enter-session',
);

/**
 * Marks a session as being ended: from here on it has no rights, and whoever meets the mark ends it.
 *
 * Keys: the principal's set. Arguments: handle, how long entries are usually kept, in ms. One of a session that has no entry
 * is kept so long: it lost its entry before, and whoever meets the mark while the session lives keeps it longer.
 */
export const MARK_ENDING = new RedisScript<null>(
  `
  ${KEEP_SET} ${KEPT}
  local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
  redis.call('ZADD', KEYS[1], 0, ARGV[1])
  keepSet(keptOf(score, tonumber(ARGV[2])))
`,
  'mark-ending',
);

/** Keys: record. Returns its JSON and its lifetime left in ms, or nothing if it is gone. */
export const READ_RECORD = new RedisScript<[json: string, leftMs: number] | null>(
  `
  local json = redis.call('GET', KEYS[1])
  if not json then return nil end
  return { json, redis.call('PTTL', KEYS[1]) }
`,
  'read-record',
);

/**
 * Replaces a record that is still what the writer loaded, and signals `changed`. Its life may become longer,
 * never shorter: another node may know of later activity.
 *
 * Keys: record. Arguments: what was loaded, what to save, lifetime in ms (0: as it is), command to
 * publish with, channel, signal. Returns a {@link ReplaceOutcome} and, if it is `changed`, the record of the other
 * writer.
 */
export const REPLACE_RECORD = new RedisScript<[number, string]>(
  `
  local current = redis.call('GET', KEYS[1])
  if not current then return { ${String(ReplaceOutcome.gone)}, '' } end
  if current ~= ARGV[1] then return { ${String(ReplaceOutcome.changed)}, current } end
  local lifetime = tonumber(ARGV[3])
  if lifetime > 0 and redis.call('PTTL', KEYS[1]) < lifetime then
    redis.call('SET', KEYS[1], ARGV[2], 'PX', lifetime)
  else
    redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
  end
  redis.call(ARGV[4], ARGV[5], ARGV[6])
  return { ${String(ReplaceOutcome.replaced)}, '' }
`,
  'replace-record',
);

/**
 * Signals something of a session. A script, since it has the record's hash tag: a Cluster has the session's channel there.
 *
 * Keys: record. Arguments: command to publish with, channel, signal.
 */
export const ANNOUNCE = new RedisScript<null>(
  `
  redis.call(ARGV[1], ARGV[2], ARGV[3])
`,
  'announce-change',
);

/**
 * Prolongs a record, and makes it no shorter: another node may know of later activity.
 *
 * Keys: record. Arguments: lifetime in ms. Returns 0 if the record is gone.
 */
export const EXTEND_RECORD = new RedisScript<number>(
  `
  local left = redis.call('PTTL', KEYS[1])
  if left == -2 then return 0 end
  if left < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return 1
`,
  'extend-record',
);

/**
 * Removes a record and signals `ended` in one step, so that no node learns of one without the other.
 *
 * Keys: record. Arguments: command to publish with, channel, signal. Returns the record that was
 * removed, if there was one.
 */
export const REMOVE_RECORD = new RedisScript<string | null>(
  `
  local record = redis.call('GET', KEYS[1])
  redis.call('DEL', KEYS[1])
  redis.call(ARGV[1], ARGV[2], ARGV[3])
  return record
`,
  'remove-record',
);
