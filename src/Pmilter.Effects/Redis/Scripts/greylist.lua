-- One delivery attempt of a tuple by a client. The same rules as GreylistTable has in memory.
--
-- KEYS[1]  tuple: micros first seen:micros of its end:passed (0, 1)     KEYS[3]  the same in the shadow copy
-- KEYS[2]  client: tuples that it has passed with:micros of its end     KEYS[4]  the same in the shadow copy
-- ARGV     now, delay, retry within, remember (microseconds), trust after, learn until (micros; 0: not at all), adopts the shadow (0, 1),
--          has a client (0, 1)
local now, delay, within, remember = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local trust, learn, adopts, has_client = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1', ARGV[8] == '1'
local MARGIN = 60000
local DELAYED, PASSED, KNOWN, TRUSTED, LEARNED = '0', '1', '2', '3', '4'

local function whole(n) return string.format('%.0f', n) end
local function set(key, value, until_)
  redis.call('SET', key, value, 'PX', whole(math.max(0, (until_ - now) / 1000) + MARGIN))
end

local function find(own, shadow, pattern)
  for _, key in ipairs(adopts and { own, shadow } or { own }) do
    local stored = redis.call('GET', key)
    if stored then
      local a, b, c = string.match(stored, pattern)
      if tonumber(b) > now then return tonumber(a), tonumber(b), c end
    end
  end
  return nil
end

local trusts = has_client and trust > 0
local passes = trusts and find(KEYS[2], KEYS[4], '^(%d+):(%d+)()$') or 0
if trusts and passes >= trust then
  set(KEYS[2], passes .. ':' .. whole(now + remember), now + remember)
  return { TRUSTED, '0', '1' }
end

local first, ends, passed = find(KEYS[1], KEYS[3], '^(%d+):(%d+):(%d)$')
if not first then
  local learns = now < learn
  local until_ = now + (learns and remember or within)
  set(KEYS[1], whole(now) .. ':' .. whole(until_) .. (learns and ':1' or ':0'), until_)
  if learns then return { LEARNED, '0', '1' } end
  return { DELAYED, whole(now + delay), '1' }
end
if passed == '0' and now < first + delay then
  set(KEYS[1], whole(first) .. ':' .. whole(ends) .. ':0', ends)
  return { DELAYED, whole(first + delay), '1' }
end

local until_ = now + remember
set(KEYS[1], whole(first) .. ':' .. whole(until_) .. ':1', until_)
if passed == '1' then return { KNOWN, '0', '1' } end
if trusts then set(KEYS[2], (passes + 1) .. ':' .. whole(until_), until_) end
return { PASSED, '0', '1' }
