-- Counts and sums of one key: each event by itself, exact up to so many alive, then 61 slots of 1/60 of the window, until the key has
-- been empty. The same rules as EventWindow and SlotRing have in memory.
--
-- KEYS[1]  list of events, oldest first: micros:name:amount
-- KEYS[2]  hash of slots: number modulo 61 -> newest micros:amount:events; 'first': time of the first event that never was in the list;
--          'same': names of those that came in the very microsecond of the first; 'undone': names of the last events that were taken back
-- ARGV     operation, now, window, slot (all microseconds), exact events, amount, name, the event's own micros, milliseconds to live
local events, slots = KEYS[1], KEYS[2]
local operation, now, window, slot, exact = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local amount, name, own, ttl = tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8]), ARGV[9]
local SLOTS, REMEMBERED = 61, 64

local function whole(n) return string.format('%.0f', n) end
local function exactly(n) return string.format('%.17g', n) end
local function read(event)
  local at, called, size = string.match(event, '^(%d+):([^:]*):(.*)$')
  return tonumber(at), called, tonumber(size)
end

local function forget() redis.call('DEL', events, slots) end

-- The slots that count now, by their field; nil where the key is counted exactly.
local function live()
  local all = redis.call('HGETALL', slots)
  if #all == 0 then return nil end
  local found, any = {}, false
  for i = 1, #all, 2 do
    local newest, size, count = string.match(all[i + 1], '^(%d+):([^:]*):(%d+)$')
    if newest and tonumber(count) > 0 and tonumber(newest) > now - window then
      found[all[i]] = { newest = tonumber(newest), amount = tonumber(size), events = tonumber(count) }
      any = true
    end
  end
  if any then return found end
  forget()
  return nil
end

-- A time older than the newest that the key has seen is taken as that one: other servers' clocks differ a little.
local ring = live()
if ring then
  for _, s in pairs(ring) do now = math.max(now, s.newest) end
  ring = live()
else
  local last = redis.call('LINDEX', events, -1)
  if last then now = math.max(now, (read(last))) end
  while true do
    local first = redis.call('LINDEX', events, 0)
    if not first or (read(first)) > now - window then break end
    redis.call('LPOP', events)
  end
end

local function total()
  local sum = 0
  if ring then
    for _, s in pairs(ring) do sum = sum + s.amount end
    return sum
  end
  local all = redis.call('LRANGE', events, 0, -1)
  for i = #all, 1, -1 do
    local _, _, size = read(all[i])
    sum = sum + size
  end
  return sum
end

local function field(at) return whole(math.floor(at / slot) % SLOTS) end

local function put(at, size)
  local f = field(at)
  local s = ring[f]
  if not s or math.floor(s.newest / slot) ~= math.floor(at / slot) then s = { newest = at, amount = 0, events = 0 } end
  s.newest = math.max(s.newest, at)
  s.amount = s.amount + size
  s.events = s.events + 1
  ring[f] = s
  redis.call('HSET', slots, f, whole(s.newest) .. ':' .. exactly(s.amount) .. ':' .. s.events)
end

local function keep() redis.call('PEXPIRE', events, ttl) redis.call('PEXPIRE', slots, ttl) end

local function hit()
  if not (amount > 0) then return end
  if not ring and redis.call('LLEN', events) >= exact then
    -- The list stays as it is: it tells which of its events were taken back already.
    ring = {}
    redis.call('HSET', slots, 'first', whole(now))
    for _, event in ipairs(redis.call('LRANGE', events, 0, -1)) do
      local at, _, size = read(event)
      put(at, size)
    end
  end
  if ring then
    -- An event of that time may have been in the list, and was taken back from there: the time alone does not tell.
    if ARGV[2] == redis.call('HGET', slots, 'first') then
      redis.call('HSET', slots, 'same', (redis.call('HGET', slots, 'same') or ',') .. name .. ',')
    end
    put(now, amount)
  else
    redis.call('RPUSH', events, whole(now) .. ':' .. name .. ':' .. exactly(amount))
  end
  keep()
end

-- Removes the event from the list and returns its time; nil when it is not there.
local function take()
  if redis.call('LREM', events, -1, whole(own) .. ':' .. name .. ':' .. exactly(amount)) > 0 then return own end
  for _, event in ipairs(redis.call('LRANGE', events, 0, -1)) do
    local at, called = read(event)
    if called == name then
      redis.call('LREM', events, 1, event)
      return at
    end
  end
  return nil
end

local function undo()
  if not ring then take() return end
  local undone = redis.call('HGET', slots, 'undone') or ''
  if string.find(undone, ',' .. name .. ',', 1, true) then return end
  local at = take()
  local first = tonumber(redis.call('HGET', slots, 'first') or '0')
  local isSame = own == first and string.find(redis.call('HGET', slots, 'same') or '', ',' .. name .. ',', 1, true)
  if not at and (own > first or isSame) then at = own end
  local s = at and ring[field(at)]
  if not s or not (amount > 0) or math.floor(s.newest / slot) ~= math.floor(at / slot) then return end
  s.events = s.events - 1
  s.amount = s.events == 0 and 0 or math.max(s.amount - amount, 0)
  redis.call('HSET', slots, field(at), whole(s.newest) .. ':' .. exactly(s.amount) .. ':' .. s.events)
  local names = { name }
  for each in string.gmatch(undone, '[^,]+') do
    if #names < REMEMBERED then names[#names + 1] = each end
  end
  redis.call('HSET', slots, 'undone', ',' .. table.concat(names, ',') .. ',')
  keep()
  ring = live()
end

-- When the count has come down to the amount; -1 when it never does by itself.
local function retry()
  if total() <= amount then return now end
  if not (amount >= 0) then return -1 end
  local sum = 0
  if ring then
    local newest = math.floor(now / slot)
    for number = newest, newest - SLOTS + 1, -1 do
      local s = ring[whole(number % SLOTS)]
      if s and math.floor(s.newest / slot) == number then
        sum = sum + s.amount
        if sum > amount then return s.newest + window end
      end
    end
    return now
  end
  local all = redis.call('LRANGE', events, 0, -1)
  for i = #all, 1, -1 do
    local at, _, size = read(all[i])
    sum = sum + size
    if sum > amount then return at + window end
  end
  return now
end

if operation == 'retry' then return { '0', whole(retry()), '1' } end
if operation == 'hit' then hit()
elseif operation == 'undo' then undo()
elseif operation == 'empty' then
  forget()
  ring = nil
end
return { exactly(total()), '0', ring and '0' or '1' }
