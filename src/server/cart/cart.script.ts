import { RedisScript } from '../../shared-session/index.js';
import { MAX_LINES, MAX_QUANTITY } from './cart.contract.js';

/** How long an operation can be retried, unless too many come after it: 24 h. */
const OPERATIONS_KEPT_MS = 86_400_000;

/** Most operations that one run forgets, unless it adds more: so no run takes long, whatever came before. */
const FORGOTTEN_AT_ONCE = 100;

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
 * `for good` or `with sessions`, how long the cart is kept, `clear` or `lines`, the revision that the
 * operation was made for (`*`: any), most operations that the cart remembers, how many operations of
 * a guest's are in it, id and fingerprint of each, and for each line `add` or `set`, sku, quantity, and
 * unit price in minor units (empty: no such product).
 *
 * Returns the outcome and, if it is `applied` or `replayed`, the change as one text:
 * `version|revision|previousRevision|by|total|sku:quantity:unitPrice,…`
 *
 * The cart is a hash: `version`, `revision`, `count` of lines, `total` of the cart, and for each
 * product `line:<sku>` holding `quantity:unitPrice`; an operation reads and writes the lines that it
 * is about and no others. The operations are a hash too: the operation id holds its time, fingerprint
 * and change (or `limit`); `#<number>`, one for each in the order in which they came, holds time and id,
 * which is how the oldest are found; `kept` holds the numbers of the first and the last, and the time of the
 * first. An operation is known again for 24 h, unless more come after it than the cart remembers: then
 * it would be applied again. What an older version kept by version is known again too, as long as the hash is there.
 */
export const APPLY_OPERATION = new RedisScript<[CartOutcome, string?]>(
  `
  local cartKey, operationsKey, sessionsKey = KEYS[1], KEYS[2], KEYS[3]
  local session, id, fingerprint, nextRevision = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local isForGood, kind, expectedRevision = ARGV[5] == 'for good', ARGV[6], ARGV[7]
  local mostKept = tonumber(ARGV[8])
  -- where those of a guest's operations begin, and those of the lines
  local firstJoined = 10
  local firstLine = firstJoined + 2 * ARGV[9]
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local forgotten = now - ${String(OPERATIONS_KEPT_MS)}
  -- '%.0f', since '%d' has only 32 bits where Valkey is built for WebAssembly
  local at = string.format('%.0f', now)

  -- Returns what to answer to an operation that is known.
  local function recall(known)
    local itsFingerprint, outcome = known:match('^%d+|([^|]*)|(.*)$')
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

  -- Keeps what goes with the sessions for as long as their set, and never shorter than it was to be kept.
  local function keepWithSessions(key)
    local needed = redis.call('PTTL', sessionsKey)
    if redis.call('PTTL', key) < needed then redis.call('PEXPIRE', key, needed) end
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
    if not isForGood then keepWithSessions(cartKey) end
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

  local function entry(number)
    return '#' .. string.format('%.0f', number)
  end

  -- Reads 'kept'.
  local function readOrder(kept)
    local first, last, since = (kept or '1|0|' .. at):match('^(%d+)|(%d+)|(%d+)$')
    return { first = tonumber(first), last = tonumber(last), since = tonumber(since) }
  end

  -- Forgets the oldest, if they are over 24 h old or too many with those that are added. Not all at once:
  -- what is left goes with the next operations.
  local function forgetOldest(order, added)
    local lastTooMany = order.last + added - mostKept
    -- what is full does not grow, however many join
    local most = math.max(${String(FORGOTTEN_AT_ONCE)}, added)
    local isOld = order.since <= forgotten
    if order.first > order.last or not (isOld or order.first <= lastTooMany) then return end
    -- up to the one that stays, for its time
    local upTo = math.min(order.first + most, order.last)
    if not isOld then upTo = math.min(upTo, lastTooMany + 1) end
    local entries, gone = {}, {}
    for number = order.first, upTo do entries[#entries + 1] = entry(number) end
    local found = redis.call('HMGET', operationsKey, unpack(entries))
    for i = 1, #found do
      local since, itsId = found[i]:match('^(%d+)|(.*)$')
      order.since = tonumber(since)
      local goes = order.since <= forgotten or order.first <= lastTooMany
      if i > most or not goes then break end
      gone[#gone + 1] = entries[i]
      gone[#gone + 1] = itsId
      order.first = order.first + 1
    end
    redis.call('HDEL', operationsKey, unpack(gone))
    if order.first > order.last then order.since = now end
  end

  -- Lists a guest's operations that are in this one, as places in ARGV, but for those that are known already.
  local function listJoined()
    local ids, places = {}, {}
    for i = firstJoined, firstLine - 1, 2 do ids[#ids + 1] = ARGV[i] end
    local known = #ids > 0 and redis.call('HMGET', operationsKey, unpack(ids)) or {}
    for i = 1, #ids do
      if not known[i] then places[#places + 1] = firstJoined + 2 * (i - 1) end
    end
    return places
  end

  -- Remembers how the operation ended, and with it those of a guest's that are in it.
  local function remember(outcome, kept, joined)
    local order, written = readOrder(kept), {}
    local function add(itsId, itsFingerprint)
      order.last = order.last + 1
      for _, each in ipairs({
        itsId, at .. '|' .. itsFingerprint .. '|' .. outcome, entry(order.last), at .. '|' .. itsId,
      }) do written[#written + 1] = each end
    end
    forgetOldest(order, 1 + #joined)
    add(id, fingerprint)
    for _, i in ipairs(joined) do add(ARGV[i], ARGV[i + 1]) end
    redis.call('HSET', operationsKey, 'kept',
      string.format('%.0f|%.0f|%.0f', order.first, order.last, order.since), unpack(written))
    if not isForGood then return keepWithSessions(operationsKey) end
    redis.call('PEXPIRE', operationsKey, ${String(OPERATIONS_KEPT_MS)})
  end

  -- the session is still good
  local expiry = redis.call('ZSCORE', sessionsKey, session)
  if not expiry or tonumber(expiry) <= now then return { 'ended' } end

  -- the operation is new
  local known, kept = unpack(redis.call('HMGET', operationsKey, id, 'kept'))
  if known then return recall(known) end

  -- the rules hold
  local skus = listProducts()
  local cart = readCart(skus)
  if expectedRevision ~= '*' and expectedRevision ~= cart.revision then return { 'stale' } end
  local refusal = applyLines(cart, skus)
  if refusal == 'limit' then remember(refusal, kept, {}) end
  if refusal then return { refusal } end

  -- and only then it is written
  local version, total = string.format('%.0f', cart.version + 1), string.format('%.0f', cart.total)
  writeCart(cart, version, total)
  local change = describeChange(cart, version, total)
  remember(change, kept, listJoined())
  return { 'applied', change }
`,
  'apply-operation',
);
