import { RedisScript } from '../../shared-session/index.js';

/**
 * Takes a guest's cart for one user: whoever else comes gets nothing, the same user gets the same
 * again. Nobody can write to it any more, as the guest's session has ended.
 *
 * Keys: cart, its operations, as `APPLY_OPERATION` writes them. Arguments: who takes it, most operations that go
 * along. Returns fields and values of the cart and of its last operations, or nothing if somebody else has it. What
 * an older version kept is in no order: about twice as many fields go along, whichever Redis comes to first.
 */
export const TAKE_CART = new RedisScript<[cart: string[], operations: string[]] | null>(
  `
  if redis.call('EXISTS', KEYS[1]) == 0 then return { {}, {} } end
  local taker = redis.call('HGET', KEYS[1], 'taken-by')
  if taker and taker ~= ARGV[1] then return nil end
  redis.call('HSET', KEYS[1], 'taken-by', ARGV[1])

  local function lastOperations(first, last)
    local entries, ids, operations = {}, {}, {}
    for number = math.max(first, last - ARGV[2] + 1), last do
      entries[#entries + 1] = '#' .. string.format('%.0f', number)
    end
    for i, entry in ipairs(redis.call('HMGET', KEYS[2], unpack(entries))) do
      ids[i] = entry:match('|(.*)$')
    end
    for i, value in ipairs(redis.call('HMGET', KEYS[2], unpack(ids))) do
      operations[2 * i - 1], operations[2 * i] = ids[i], value
    end
    return operations
  end

  local cart, kept = redis.call('HGETALL', KEYS[1]), redis.call('HGET', KEYS[2], 'kept')
  if not kept then return { cart, redis.call('HSCAN', KEYS[2], 0, 'COUNT', 2 * ARGV[2])[2] } end
  local first, last = kept:match('^(%d+)|(%d+)|')
  return { cart, lastOperations(tonumber(first), tonumber(last)) }
`,
  'take-cart',
);

/**
 * Keeps a guest's cart, also one that is made from now on, for the user whose it is to join: its session may end
 * long before that.
 *
 * Keys: cart, its operations. Arguments: how long, in ms.
 */
export const KEEP_CART = new RedisScript<null>(
  `
  redis.call('HSET', KEYS[1], 'joins', 1)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[1]) end
`,
  'keep-cart',
);

/**
 * Notes a guest whose cart is to join a user's. The note outlives the session that carries the guest too.
 *
 * Keys: the user's guests. Arguments: id of the guest, lifetime of its cart in ms.
 */
export const NOTE_GUEST = new RedisScript<null>(
  `
  redis.call('SADD', KEYS[1], ARGV[1])
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
`,
  'note-guest',
);
