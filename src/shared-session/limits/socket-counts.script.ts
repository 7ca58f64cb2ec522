import { RedisScript } from '../redis/redis-script.js';

/**
 * Writes down how many connections a node has, unless all nodes together would have too many.
 *
 * Key: hash, connections by name of node. Arguments: the node's name, its connections, the most of all, 0 for any number; how long
 * the key is kept, in ms, at least. Returns 1; or 0, where they would be too many and nothing was written, and the names of the
 * other nodes that have some.
 */
export const COUNT_SOCKETS = new RedisScript<[isIn: number, ...others: string[]]>(`
  local count, most = tonumber(ARGV[2]), tonumber(ARGV[3])
  local sum = count
  local refusal = { 0 }
  local counts = redis.call('HGETALL', KEYS[1])
  for i = 1, #counts, 2 do
    if counts[i] ~= ARGV[1] then
      sum = sum + tonumber(counts[i + 1])
      refusal[#refusal + 1] = counts[i]
    end
  end
  if most > 0 and sum > most then return refusal end
  if count == 0 then redis.call('HDEL', KEYS[1], ARGV[1])
  else redis.call('HSET', KEYS[1], ARGV[1], count) end
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
  return { 1 }
`);
