//! What Redis does in one step. Each script has one key, so that a cluster knows where it runs.

use redis::Script;

/// The scripts, with their hashes.
pub(super) struct Scripts {
    pub(super) create: Lua,
    pub(super) replace: Lua,
    pub(super) extend: Lua,
    pub(super) indexed: Lua,
    pub(super) delete: Lua,
    pub(super) revoke: Lua,
    pub(super) index: Lua,
}

/// A script by its text, and by its hash where the server has it already.
pub(super) struct Lua {
    pub(super) text: &'static str,
    pub(super) hash: String,
}

impl Lua {
    fn new(text: &'static str) -> Self {
        Self { text, hash: Script::new(text).get_hash().to_owned() }
    }
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            create: Lua::new(CREATE),
            replace: Lua::new(REPLACE),
            extend: Lua::new(EXTEND),
            indexed: Lua::new(INDEXED),
            delete: Lua::new(DELETE),
            revoke: Lua::new(REVOKE),
            index: Lua::new(INDEX),
        }
    }
}

/// `v t e o d i ttl`
const CREATE: &str = "
if redis.call('EXISTS', KEYS[1]) == 1 then return {'duplicate'} end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 't', ARGV[2], 'e', ARGV[3], 'o', ARGV[4], 'd', ARGV[5], 'i', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[7])
return {'saved'}";

/// `expected v t e o d ttl i`: `i` says until when the index names the session, and `0` that its owner and end are thought to be in it
/// already. Where they are not, nothing is written and the owner is told. Times are the servers', whatever a machine of the application's takes it for.
const REPLACE: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local old = redis.call('HMGET', KEYS[1], 'v', 'o', 'i')
if not old[1] then return {'gone'} end
if old[1] ~= ARGV[1] then return redis.call('HMGET', KEYS[1], 'v', 't', 'e', 'o', 'd') end
local indexed = ARGV[8]
if ARGV[5] ~= '' and indexed == '0' then
  indexed = tonumber(old[3]) and old[3] or '0'
  if ARGV[5] ~= old[2] or now + tonumber(ARGV[7]) > tonumber(indexed) then return {'index', ARGV[5]} end
end
redis.call('HSET', KEYS[1], 'v', ARGV[2], 't', ARGV[3], 'e', ARGV[4], 'o', ARGV[5], 'd', ARGV[6], 'i', indexed)
redis.call('PEXPIRE', KEYS[1], ARGV[7])
local due = ARGV[5] ~= '' and now + 1.5 * tonumber(ARGV[7]) > tonumber(indexed)
return {'saved', old[2], due and '1' or '0'}";

/// `expected e ttl i`, with the same `i`.
const EXTEND: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local old = redis.call('HMGET', KEYS[1], 'v', 'o', 'i')
if not old[1] then return {'gone'} end
if old[1] ~= ARGV[1] then return redis.call('HMGET', KEYS[1], 'v', 't', 'e', 'o', 'd') end
local indexed = ARGV[4]
if old[2] ~= '' and indexed == '0' then
  indexed = tonumber(old[3]) and old[3] or '0'
  if now + tonumber(ARGV[3]) > tonumber(indexed) then return {'index', old[2]} end
end
redis.call('HSET', KEYS[1], 'e', ARGV[2], 'i', indexed)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local due = old[2] ~= '' and now + 1.5 * tonumber(ARGV[3]) > tonumber(indexed)
return {'saved', old[2], due and '1' or '0'}";

/// `o i`: the index of this owner names the session until then.
const INDEXED: &str = "
if redis.call('HGET', KEYS[1], 'o') == ARGV[1] then redis.call('HSET', KEYS[1], 'i', ARGV[2]) end
return {'saved'}";

/// Says whose it was. What is gone is made and dropped, so that there is something that replicas confirm, unless there is no memory left.
const DELETE: &str = "
local owner = redis.call('HGET', KEYS[1], 'o')
if not owner then redis.pcall('HSET', KEYS[1], 'o', '') end
redis.call('DEL', KEYS[1])
return {'saved', owner or ''}";

/// `o`: ends the session if it is this owner's. What is gone is made and dropped, as above.
const REVOKE: &str = "
local owner = redis.call('HGET', KEYS[1], 'o')
if not owner then
  redis.pcall('HSET', KEYS[1], 'o', '')
  redis.call('DEL', KEYS[1])
  return {'gone'}
end
if owner ~= ARGV[1] then return {'another'} end
redis.call('DEL', KEYS[1])
return {'saved'}";

/// `ttl id`: names a session in an owner's index for twice its time to live, says until when, and forgets those whose time is over.
const INDEX: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local deadline = string.format('%.0f', now + 2 * tonumber(ARGV[1]))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[1], 'GT', deadline, ARGV[2])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(1, tonumber(last[2]) - now)))
return {'indexed', deadline}";
