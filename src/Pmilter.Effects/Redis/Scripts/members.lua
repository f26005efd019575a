-- Different values of one key, each by its keyed 64-bit hash and the time of its newest hit: exact up to so many alive, then a sample of
-- those whose hash ends in so many zero bits, until the key has been empty. The same rules as MemberWindow has in memory.
--
-- KEYS[1]  sorted set: hash (16 hexadecimal digits) -> micros of its newest hit
-- KEYS[2]  list of the last hits, oldest first: name:hash:micros:micros of the hit before ('' for none)
-- KEYS[3]  bits of the sample
-- ARGV     operation, now, window (microseconds), exact members, hash, name, amount (retry), milliseconds to live
local members, hits, sample = KEYS[1], KEYS[2], KEYS[3]
local operation, now, window, exact = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local hash, name, amount, ttl = ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8]
local REMEMBERED, CHUNK = 256, 1000

local function whole(n) return string.format('%.0f', n) end

local newest = redis.call('ZREVRANGE', members, 0, 0, 'WITHSCORES')
if newest[2] then now = math.max(now, tonumber(newest[2])) end
redis.call('ZREMRANGEBYSCORE', members, '-inf', whole(now - window))
if redis.call('ZCARD', members) == 0 then redis.call('DEL', members, hits, sample) end
local bits = tonumber(redis.call('GET', sample) or '0')

local function sampled(h) return bits == 0 or tonumber(string.sub(h, 9), 16) % (2 ^ bits) == 0 end

local function thin()
  while redis.call('ZCARD', members) > exact do
    bits = bits + 1
    local out = {}
    for _, h in ipairs(redis.call('ZRANGE', members, 0, -1)) do
      if not sampled(h) then out[#out + 1] = h end
      if #out == CHUNK then
        redis.call('ZREM', members, unpack(out))
        out = {}
      end
    end
    if #out > 0 then redis.call('ZREM', members, unpack(out)) end
    redis.call('SET', sample, bits)
  end
end

local function keep()
  redis.call('PEXPIRE', members, ttl)
  redis.call('PEXPIRE', hits, ttl)
  redis.call('PEXPIRE', sample, ttl)
end

local function hit()
  if not sampled(hash) then return end
  local before = redis.call('ZSCORE', members, hash) or ''
  if before ~= '' then before = whole(tonumber(before)) end
  redis.call('ZADD', members, whole(now), hash)
  redis.call('RPUSH', hits, name .. ':' .. hash .. ':' .. whole(now) .. ':' .. before)
  redis.call('LTRIM', hits, -REMEMBERED, -1)
  thin()
  keep()
end

local function undo()
  local all = redis.call('LRANGE', hits, 0, -1)
  local at, mine, before
  for i = #all, 1, -1 do
    local called, h, _, b = string.match(all[i], '^([^:]*):([^:]*):(%d+):(.*)$')
    if called == name then
      at, mine, before = i, h, b
      break
    end
  end
  if not at then return end
  for i = at + 1, #all do
    local called, h, when = string.match(all[i], '^([^:]*):([^:]*):(%d+):')
    if h == mine then
      -- A later hit of the value stands; undoing that one must not bring this one back.
      redis.call('LSET', hits, i - 1, called .. ':' .. h .. ':' .. when .. ':' .. before)
      redis.call('LREM', hits, 1, all[at])
      return
    end
  end
  redis.call('LREM', hits, 1, all[at])
  if not redis.call('ZSCORE', members, mine) then return end
  if before == '' or tonumber(before) <= now - window then redis.call('ZREM', members, mine)
  else redis.call('ZADD', members, before, mine) end
end

local function total() return redis.call('ZCARD', members) * 2 ^ bits end

local function retry()
  if total() <= amount then return now end
  if not (amount >= 0) then return -1 end
  local count = redis.call('ZCARD', members)
  local kept = math.min(math.floor(amount / 2 ^ bits), count)
  local leaves = redis.call('ZRANGE', members, count - kept - 1, count - kept - 1, 'WITHSCORES')
  return tonumber(leaves[2]) + window
end

if operation == 'retry' then return { '0', whole(retry()), '1' } end
if operation == 'hit' then hit()
elseif operation == 'undo' then undo()
elseif operation == 'empty' then
  redis.call('DEL', members, hits, sample)
  bits = 0
end
return { whole(total()), '0', bits == 0 and '1' or '0' }
