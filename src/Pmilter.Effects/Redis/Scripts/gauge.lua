-- What is open now, by the process that opened it: each process has a set of its own, whose life it renews. A process that died stops
-- counting when its set has expired.
--
-- KEYS[1]  set of processes; KEYS[1]:process is the set of what that one has open (in the same slot: the name has the same tag)
-- ARGV     operation, process, name, amount (retry), milliseconds of the lease
local processes = KEYS[1]
local operation, process, name, amount, lease = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]

local function open(of) return processes .. ':' .. of end

local function total()
  local sum = 0
  for _, each in ipairs(redis.call('SMEMBERS', processes)) do
    local count = redis.call('SCARD', open(each))
    if count == 0 then redis.call('SREM', processes, each) end
    sum = sum + count
  end
  return sum
end

if operation == 'hit' then
  redis.call('SADD', open(process), name)
  redis.call('SADD', processes, process)
elseif operation == 'undo' then
  redis.call('SREM', open(process), name)
elseif operation == 'empty' then
  for _, each in ipairs(redis.call('SMEMBERS', processes)) do redis.call('DEL', open(each)) end
  redis.call('DEL', processes)
end
redis.call('PEXPIRE', open(process), lease)
redis.call('PEXPIRE', processes, lease)
local sum = total()
return { tostring(sum), operation == 'retry' and sum > amount and '-1' or '0', '1' }
