import { RedisScript } from '../../shared-session/index.js';
import { MAX_LINES, MAX_QUANTITY } from './cart.contract.js';

/** How long an operation can be retried: 24 h. */
const OPERATIONS_KEPT_MS = 86_400_000;

/** What became of an operation. */
export type CartOutcome =
  'applied' | 'replayed' | 'ended' | 'mismatch' | 'stale' | 'unknown' | 'limit';

/**
 * Everything that a cart holds goes through this script: a new field is read in `readCart`, written in `writeCart`,
 * and comes back in `describeChange`. Code beside it that wrote to these keys would write for ended sessions, twice
 * when an operation is sent again, and without a version by which the tabs notice.
 *
 * Applies one operation to a cart, or refuses it, in one atomic step: the session is still good, the
 * operation is new, the rules hold, and only then lines, version, revision and the stored change
 * are written. A refusal leaves the cart as it was. One that depends on the cart, `limit`, is
 * remembered like an applied operation: a copy of it that a slow connection delivers later, when there
 * is room, must not be applied after its sender was told that it was refused.
 *
 * The last part of the script is that story; the functions before it are its steps.
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
  local cartKey, operationsKey, sessionsKey = KEYS[1], KEYS[2], KEYS[3]
  local session, id, fingerprint, nextRevision = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local lifetime, kind, expectedRevision = tonumber(ARGV[5]), ARGV[6], ARGV[7]
  -- where those of a guest's operations begin, and those of the lines
  local firstJoined = 9
  local firstLine = firstJoined + 2 * ARGV[8]
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local forgotten = now - ${String(OPERATIONS_KEPT_MS)}
  -- '%.0f', since '%d' has only 32 bits where Valkey is built for WebAssembly
  local at = string.format('%.0f', now)

  -- Returns what to answer to an operation that is known, or nothing if that is over 24 h ago.
  local function recall(known)
    local since, itsFingerprint, outcome = known:match('^(%d+)|([^|]*)|(.*)$')
    if tonumber(since) <= forgotten then return nil end
    if itsFingerprint ~= fingerprint then return { 'mismatch' } end
    if outcome == 'limit' then return { 'limit' } end
    return { 'replayed', outcome }
  end

  -- Lists the products that the operation is about.
  local function listProducts()
    local skus = {}
    if kind == 'clear' then
      for _, field in ipairs(redis.call('HKEYS', cartKey)) do
        if field:sub(1, 5) == 'line:' then skus[#skus + 1] = field:sub(6) end
      end
      table.sort(skus)
    else
      for i = firstLine, #ARGV, 4 do skus[#skus + 1] = ARGV[i + 1] end
    end
    return skus
  end

  -- Reads the cart, and of its lines those of the products.
  local function readCart(skus)
    local fields = { 'version', 'revision', 'count', 'total' }
    local ahead = #fields
    for i = 1, #skus do fields[ahead + i] = 'line:' .. skus[i] end
    local stored = redis.call('HMGET', cartKey, unpack(fields))
    local lines = {}
    for i = 1, #skus do
      local text = stored[ahead + i]
      if text then
        local quantity, price = text:match('^(%d+):(%d+)$')
        lines[skus[i]] = { quantity = tonumber(quantity), price = tonumber(price) }
      end
    end
    return {
      version = tonumber(stored[1] or 0), revision = stored[2] or '',
      count = tonumber(stored[3] or 0), total = tonumber(stored[4] or 0),
      lines = lines, changed = {},
    }
  end

  -- Puts a line into the cart that was read; 'writeCart' stores it.
  local function putLine(cart, sku, quantity, price)
    local line = cart.lines[sku]
    if line then
      cart.total = cart.total - line.quantity * line.price
      cart.count = cart.count - 1
    end
    if quantity > 0 then cart.count = cart.count + 1 end
    cart.total = cart.total + quantity * price
    cart.lines[sku] = { quantity = quantity, price = price, text = quantity .. ':' .. price }
    cart.changed[#cart.changed + 1] = sku
  end

  -- Applies the operation to the cart that was read, or returns which rule forbids it.
  local function applyLines(cart, skus)
    if kind == 'clear' then
      for i = 1, #skus do putLine(cart, skus[i], 0, cart.lines[skus[i]].price) end
    end
    for i = firstLine, #ARGV, 4 do
      local mode, sku, quantity, price = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
      local line = cart.lines[sku]
      -- of a product that is gone, a line can only be taken out
      if price == '' and not (line and mode == 'set' and quantity == 0) then return 'unknown' end
      if mode == 'add' and line then quantity = quantity + line.quantity end
      if quantity > ${String(MAX_QUANTITY)} then return 'limit' end
      putLine(cart, sku, quantity, tonumber(price) or line.price)
    end
    if cart.count > ${String(MAX_LINES)} then return 'limit' end
  end

  local function rememberRefusal(version, oldest)
    local ids = redis.call('HGET', operationsKey, version)
    redis.call('HSET', operationsKey, id, at .. '|' .. fingerprint .. '|limit',
      version, (ids and ids .. ' ' or '') .. id, 'oldest', oldest or at .. '|' .. version)
    redis.call('PEXPIRE', operationsKey, ${String(OPERATIONS_KEPT_MS)})
  end

  local function writeCart(cart, version, total)
    local written = {
      'version', version, 'revision', nextRevision, 'count', cart.count, 'total', total,
    }
    local removed = {}
    for i = 1, #cart.changed do
      local sku = cart.changed[i]
      local line = cart.lines[sku]
      if line.quantity == 0 then
        removed[#removed + 1] = 'line:' .. sku
      else
        written[#written + 1] = 'line:' .. sku
        written[#written + 1] = line.text
      end
    end
    redis.call('HSET', cartKey, unpack(written))
    if #removed > 0 then redis.call('HDEL', cartKey, unpack(removed)) end
    if lifetime > 0 then redis.call('PEXPIRE', cartKey, lifetime) end
  end

  -- Returns the change as one text, the lines last.
  local function describeChange(cart, version, total)
    local texts = {}
    for i = 1, #cart.changed do
      local sku = cart.changed[i]
      texts[i] = sku .. ':' .. cart.lines[sku].text
    end
    return version .. '|' .. nextRevision .. '|' .. cart.revision .. '|' .. session .. '|' .. total
      .. '|' .. table.concat(texts, ',')
  end

  -- Forgets, version by version, what is over 24 h old; returns what 'oldest' is then.
  local function forgetOperations(version, oldest)
    local since, first = oldest:match('^(%d+)|(%d+)$')
    while tonumber(since) <= forgotten and tonumber(first) < tonumber(version) do
      local ids = redis.call('HGET', operationsKey, first)
      -- the last id is of the latest operation
      local last = ids and redis.call('HGET', operationsKey, ids:match('%S+$'))
      since = last and last:match('^%d+') or since
      if tonumber(since) <= forgotten then
        for each in (ids or ''):gmatch('%S+') do redis.call('HDEL', operationsKey, each) end
        redis.call('HDEL', operationsKey, first)
        first = first + 1
      end
    end
    if tonumber(first) == tonumber(version) then since = at end
    return since .. '|' .. first
  end

  -- Remembers the operation, and a guest's that are in it.
  local function rememberOperation(version, change, oldest)
    local ids = { id }
    for i = firstJoined, firstLine - 1, 2 do
      ids[#ids + 1] = ARGV[i]
      redis.call('HSET', operationsKey, ARGV[i], at .. '|' .. ARGV[i + 1] .. '|' .. change)
    end
    oldest = forgetOperations(version, oldest or at .. '|' .. version)
    redis.call('HSET', operationsKey, id, at .. '|' .. fingerprint .. '|' .. change,
      version, table.concat(ids, ' '), 'oldest', oldest)
    redis.call('PEXPIRE', operationsKey, ${String(OPERATIONS_KEPT_MS)})
  end

  -- the session is still good
  local expiry = redis.call('ZSCORE', sessionsKey, session)
  if not expiry or tonumber(expiry) <= now then return { 'ended' } end

  -- the operation is new
  local known, oldest = unpack(redis.call('HMGET', operationsKey, id, 'oldest'))
  if known then
    local earlier = recall(known)
    if earlier then return earlier end
  end

  -- the rules hold
  local skus = listProducts()
  local cart = readCart(skus)
  if expectedRevision ~= '*' and expectedRevision ~= cart.revision then return { 'stale' } end
  local refusal = applyLines(cart, skus)
  if refusal == 'limit' then rememberRefusal(cart.version, oldest) end
  if refusal then return { refusal } end

  -- and only then it is written
  local version, total = string.format('%.0f', cart.version + 1), string.format('%.0f', cart.total)
  writeCart(cart, version, total)
  local change = describeChange(cart, version, total)
  rememberOperation(version, change, oldest)
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
