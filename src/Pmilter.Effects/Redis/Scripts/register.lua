-- Texts by name, of each the newest: who comes late with an older one changes nothing.
--
-- KEYS[1]  hash: name -> version (19 digits) and text
-- ARGV     name, version, text, and again; an empty text: the name is forgotten unless there is a newer one
-- Answers how many were changed.
local changed = 0
for i = 1, #ARGV, 3 do
  local name, version, text = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local stored = redis.call('HGET', KEYS[1], name)
  local known = stored and string.sub(stored, 1, 19)
  if text == '' then
    if known and known <= version then changed = changed + redis.call('HDEL', KEYS[1], name) end
  elseif not known or known < version then
    redis.call('HSET', KEYS[1], name, version .. text)
    changed = changed + 1
  end
end
return { tostring(changed), '0', '1' }
