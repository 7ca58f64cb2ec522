import { RedisScript } from '../redis/redis-script.js';

/**
 * Writes down how many connections a node has, and as many of those that it would let in as there is room for.
 *
 * Key: hash, connections by name of node. Arguments: the node's name; the connections it has; those it would let in besides; the most
 * of all nodes together; how long the key is kept, in ms, at least. Returns for how many there is room, and where it is not for all,
 * the names of the other nodes that have some.
 */
export const COUNT_SOCKETS = new RedisScript<[room: number, ...others: string[]]>(`
  local count, wanted = tonumber(ARGV[2]), tonumber(ARGV[3])
  local room = tonumber(ARGV[4]) - count
  local answer = { 0 }
  local counts = redis.call('HGETALL', KEYS[1])
  for i = 1, #counts, 2 do
    if counts[i] ~= ARGV[1] then
      room = room - tonumber(counts[i + 1])
      answer[#answer + 1] = counts[i]
    end
  end
  room = math.max(0, math.min(room, wanted))
  if count + room == 0 then redis.call('HDEL', KEYS[1], ARGV[1])
  else redis.call('HSET', KEYS[1], ARGV[1], count + room) end
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
  if room == wanted then return { room } end
  answer[1] = room
  return answer
`);
