-- A hold, a ban or what is remembered: an end, and how often it had begun before.
--
-- KEYS[1]  string: micros of the end, or 'never', and repeats: 1234:0
-- ARGV     operation, now (microseconds), how long (comma between the steps of a ban; 'never': until lifted by hand), microseconds that
--          it is kept after its end
local key = KEYS[1]
local operation, now, lasts, kept = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local MARGIN = 60000

local function whole(n) return string.format('%.0f', n) end

local stored = redis.call('GET', key)
local ends, repeats
if stored then
  ends, repeats = string.match(stored, '^(.*):(%d+)$')
  repeats = tonumber(repeats)
end
local function running() return ends and (ends == 'never' or tonumber(ends) > now) end

local function write(until_, times)
  ends, repeats = until_, times
  redis.call('SET', key, ends .. ':' .. repeats)
  if ends ~= 'never' then redis.call('PEXPIRE', key, whole(math.max(0, (tonumber(ends) - now + kept) / 1000) + MARGIN)) end
end

if operation == 'read' then return { '0', running() and ends or '0', '1' } end
if operation == 'remove' then return { tostring(redis.call('DEL', key)), '0', '1' } end
if operation == 'extend' then
  local until_ = now + tonumber(lasts)
  if not (ends and ends ~= 'never' and tonumber(ends) >= until_) and ends ~= 'never' then write(whole(until_), 0) end
  return { '0', ends, '1' }
end
if running() then return { '0', ends, '1' } end

local again = ends and ends ~= 'never' and now < tonumber(ends) + kept
local times = again and repeats + 1 or 0
local steps = {}
for step in string.gmatch(lasts, '[^,]+') do steps[#steps + 1] = step end
local step = steps[math.min(times + 1, #steps)]
write(step == 'never' and 'never' or whole(now + tonumber(step)), times)
return { '1', ends, '1' }
