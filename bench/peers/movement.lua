-- One movement: take ARGV[1] units of the SKU KEYS[1] if there are as many, and append it to the stream KEYS[2].
local available = tonumber(redis.call('HGET', KEYS[1], 'available') or '0')
local units = tonumber(ARGV[1])
if available < units then return -1 end
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('HINCRBY', KEYS[1], 'available', -units)
redis.call('XADD', KEYS[2], '*', 'sku', KEYS[1], 'version', version, 'units', -units, 'available', available - units)
return version
