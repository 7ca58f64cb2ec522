import { RedisScript } from '../redis/redis-script.js';

/**
 * Takes tokens out of a bucket that all nodes share: as many as there are, up to `most`, if there are `least`.
 *
 * Key: a text, the time at which the bucket will be full again, in ms by Redis' clock; it expires then. Arguments: ms for each
 * token, tokens of a full bucket, least, most. Returns how many were taken, and ms until there are enough.
 *
 * The generic cell rate algorithm (ITU-T I.371), by which one number says what a bucket holds.
 */
export const LEASE = new RedisScript<[granted: number, waitMs: number]>(`
  local time = redis.call('TIME')
  local now = time[1] * 1000 + time[2] / 1000
  local msPerToken, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
  local least, most = tonumber(ARGV[3]), tonumber(ARGV[4])
  local fullAt = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
  local left = burst - (fullAt - now) / msPerToken
  if left < least then return { 0, math.ceil((least - left) * msPerToken) } end
  local granted = math.min(most, math.floor(left))
  fullAt = fullAt + granted * msPerToken
  redis.call('SET', KEYS[1], string.format('%.3f', fullAt), 'PX', math.ceil(fullAt - now))
  return { granted, 0 }
`);
