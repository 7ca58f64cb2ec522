import { RedisScript } from '../../shared-session/index.js';
import { MAX_LINES, MAX_QUANTITY } from './cart.contract.js';

/** How long an operation can be retried: 24 h. */
const OPERATIONS_KEPT_MS = 86_400_000;

/** What became of an operation. */
export type CartOutcome =
  'applied' | 'replayed' | 'ended' | 'mismatch' | 'stale' | 'unknown' | 'limit';

/**
 * Everything that a cart holds goes through this script: a new field is read and written here, and comes back in
 * the change. Code beside it that wrote to these keys would write for ended sessions, twice when an operation is
 * sent again, and without a version by which the tabs notice.
 *
 * Applies one operation to a cart, or refuses it, in one atomic step: the session is still good, the
 * operation is new, the rules hold, and only then lines, version, revision and the stored change
 * are written. A refusal leaves the cart as it was. One that depends on the cart, `limit`, is
 * remembered like an applied operation: a copy of it that a slow connection delivers later, when there
 * is room, must not be applied after its sender was told that it was refused.
 *
 * Keys, all with the principal's hash tag: cart, its operations, the principal's sessions.
 *
 * Arguments: handle of the session, operation id, fingerprint of the operation, the next revision,
 * lifetime of the cart in ms (0: for good), `clear` or `lines`, the revision that the
 * operation was made for (`*`: any), how many operations of a guest's are in it, id and fingerprint
 * of each, and for each line `add` or `set`, sku, quantity, and unit price in minor units (empty: no
 * such product).
 *
 * Returns the outcome and, if it is `applied` or `replayed`, the change as one text:
 * `version|revision|previousRevision|by|total|sku:quantity:unitPrice,…`
 *
 * The cart is a hash: `version`, `revision`, `count` of lines, `total` of the cart, and for each
 * product `line:<sku>` holding `quantity:unitPrice`; an operation reads and writes the lines that it
 * is about and no others. The operations are a hash too: the operation id holds its time, fingerprint
 * and change (or `limit`); each version holds the ids of its operations and of those that were
 * refused while it was current, which is how old ones are found; `oldest` holds the time and number
 * of the first version that is kept.
 */
export const APPLY_OPERATION = new RedisScript<[CartOutcome, string?]>(`
  local cart, operations, sessions = KEYS[1], KEYS[2], KEYS[3]
  local session, id, fingerprint, revision = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local lifetime, kind, expected = tonumber(ARGV[5]), ARGV[6], ARGV[7]
  local lastJoined = 8 + 2 * ARGV[8]
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local forgotten = now - ${String(OPERATIONS_KEPT_MS)}

  local expiry = redis.call('ZSCORE', sessions, session)
  if not expiry or tonumber(expiry) <= now then return { 'ended' } end

  local known, oldest = unpack(redis.call('HMGET', operations, id, 'oldest'))
  if known then
    local at, print, change = known:match('^(%d+)|([^|]*)|(.*)$')
    if tonumber(at) > forgotten then
      if print ~= fingerprint then return { 'mismatch' } end
      if change == 'limit' then return { 'limit' } end
      return { 'replayed', change }
    end
  end

  local skus = {}
  if kind == 'clear' then
    for _, field in ipairs(redis.call('HKEYS', cart)) do
      if field:sub(1, 5) == 'line:' then skus[#skus + 1] = field:sub(6) end
    end
    table.sort(skus)
  else
    for i = lastJoined + 2, #ARGV, 4 do skus[#skus + 1] = ARGV[i] end
  end
  local fields = { 'version', 'revision', 'count', 'total' }
  for i, sku in ipairs(skus) do fields[4 + i] = 'line:' .. sku end
  local stored = redis.call('HMGET', cart, unpack(fields))
  local version, previous = tonumber(stored[1] or 0), stored[2] or ''
  local count, total = tonumber(stored[3] or 0), tonumber(stored[4] or 0)
  local lines = {}
  for i, sku in ipairs(skus) do
    if stored[4 + i] then
      local quantity, price = stored[4 + i]:match('^(%d+):(%d+)$')
      lines[sku] = { quantity = tonumber(quantity), price = tonumber(price) }
    end
  end

  if expected ~= '*' and expected ~= previous then return { 'stale' } end

  -- '%.0f', since '%d' has only 32 bits where Valkey is built for WebAssembly
  local at = string.format('%.0f', now) .. '|'
  local function refuse()
    local ids = redis.call('HGET', operations, version)
    redis.call('HSET', operations, id, at .. fingerprint .. '|limit',
      version, (ids and ids .. ' ' or '') .. id, 'oldest', oldest or at .. version)
    redis.call('PEXPIRE', operations, ${String(OPERATIONS_KEPT_MS)})
    return { 'limit' }
  end

  local changed = {}
  local function put(sku, quantity, price)
    local line = lines[sku]
    if line then
      total = total - line.quantity * line.price
      count = count - 1
    end
    if quantity > 0 then count = count + 1 end
    total = total + quantity * price
    lines[sku] = { quantity = quantity, price = price }
    changed[#changed + 1] = sku
  end

  if kind == 'clear' then
    for _, sku in ipairs(skus) do put(sku, 0, lines[sku].price) end
  end
  for i = lastJoined + 1, #ARGV, 4 do
    local mode, sku, quantity, price = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
    local line = lines[sku]
    if price == '' and not (line and mode == 'set' and quantity == 0) then return { 'unknown' } end
    if mode == 'add' and line then quantity = quantity + line.quantity end
    if quantity > ${String(MAX_QUANTITY)} then return refuse() end
    put(sku, quantity, tonumber(price) or line.price)
  end
  if count > ${String(MAX_LINES)} then return refuse() end

  version = version + 1
  local sum = string.format('%.0f', total)
  local written = { 'version', version, 'revision', revision, 'count', count, 'total', sum }
  local removed, texts = {}, {}
  for i, sku in ipairs(changed) do
    local line = lines[sku]
    local text = line.quantity .. ':' .. line.price
    texts[i] = sku .. ':' .. text
    if line.quantity == 0 then
      removed[#removed + 1] = 'line:' .. sku
    else
      written[#written + 1] = 'line:' .. sku
      written[#written + 1] = text
    end
  end
  redis.call('HSET', cart, unpack(written))
  if #removed > 0 then redis.call('HDEL', cart, unpack(removed)) end
  if lifetime > 0 then redis.call('PEXPIRE', cart, lifetime) end

  local head = { version, revision, previous, session, sum }
  local change = table.concat(head, '|') .. '|' .. table.concat(texts, ',')
  local ids = { id }
  for i = 9, lastJoined, 2 do
    ids[#ids + 1] = ARGV[i]
    redis.call('HSET', operations, ARGV[i], at .. ARGV[i + 1] .. '|' .. change)
  end

  local since, first = (oldest or at .. version):match('^(%d+)|(%d+)$')
  first = tonumber(first)
  while tonumber(since) <= forgotten and first < version do
    local old = redis.call('HGET', operations, first)
    -- the last id is of the latest operation
    local last = old and redis.call('HGET', operations, old:match('%S+$'))
    since = last and last:match('^%d+') or since
    if tonumber(since) <= forgotten then
      for each in (old or ''):gmatch('%S+') do redis.call('HDEL', operations, each) end
      redis.call('HDEL', operations, first)
      first = first + 1
    end
  end
  if first == version then since = at:sub(1, -2) end
  redis.call('HSET', operations, id, at .. fingerprint .. '|' .. change,
    version, table.concat(ids, ' '), 'oldest', since .. '|' .. first)
  redis.call('PEXPIRE', operations, ${String(OPERATIONS_KEPT_MS)})

  return { 'applied', change }
`);

/**
 * Takes a guest's cart for one user: whoever else comes gets nothing, the same user gets the same
 * again. Nobody can write to it any more, as the guest's session has ended.
 *
 * Keys: cart, its operations. Arguments: who takes it. Returns fields and values of both, or
 * nothing if somebody else has it.
 */
export const TAKE_CART = new RedisScript<[cart: string[], operations: string[]] | null>(`
  if redis.call('EXISTS', KEYS[1]) == 0 then return { {}, {} } end
  local taker = redis.call('HGET', KEYS[1], 'taken-by')
  if taker and taker ~= ARGV[1] then return nil end
  redis.call('HSET', KEYS[1], 'taken-by', ARGV[1])
  return { redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]) }
`);

/**
 * Notes a guest whose cart is to join a user's. The note outlives the session that carries the guest too.
 *
 * Keys: the user's guests. Arguments: id of the guest, lifetime of its cart in ms.
 */
export const NOTE_GUEST = new RedisScript<null>(`
  redis.call('SADD', KEYS[1], ARGV[1])
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
`);
