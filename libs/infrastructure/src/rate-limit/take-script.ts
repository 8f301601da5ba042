import { ACTIVE_MS, MAX_MEMBERS, THE_REST } from './window-state';

/**
 * `takeFrom` of `window-state.ts` as one step of Redis, by the clock of Redis: several processes share one window.
 * KEYS: the window. ARGV: member, rate per second, burst. The hash holds numbers only: `t` tokens, `a` at, and of each member
 * `s:<member>` its share, `l:<member>` when it was last seen. Gives the fields of a `RateDecision` in their order, and the milliseconds in
 * which nothing can be admitted to this member, rounded down.
 */
export const TAKE_SCRIPT = `
local rate, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept_fields = redis.call('HGETALL', KEYS[1])
local fields = {}
for i = 1, #kept_fields, 2 do fields[kept_fields[i]] = tonumber(kept_fields[i + 1]) end
local function refilled(tokens, at, most, per_second)
  return math.min(most, tokens + math.max(0, now - at) / 1000 * per_second)
end
local tokens = burst
if fields.t then tokens = refilled(fields.t, fields.a, burst, rate) end

local active, count = {}, 0
for name, at in pairs(fields) do
  if string.sub(name, 1, 2) == 'l:' then
    local member = string.sub(name, 3)
    if now - at > ${ACTIVE_MS} then
      redis.call('HDEL', KEYS[1], name, 's:' .. member)
    else
      active[member] = at
      count = count + 1
    end
  end
end
local member = ARGV[1]
if not active[member] and count >= ${MAX_MEMBERS} then member = '${THE_REST}' end
if not active[member] then count = count + 1 end
local share_rate, share_burst = rate / count, math.max(1, burst / count)
local function share_of(name)
  return refilled(fields['s:' .. name], active[name], share_burst, share_rate)
end

local kept = 0
for name in pairs(active) do
  if name ~= member then kept = kept + share_of(name) end
end
kept = math.min(kept, burst - 1)
local own
if active[member] then own = share_of(member) else own = math.max(0, math.min(share_burst, tokens - kept)) end
local admitted = (tokens >= 1 and own >= 1) or tokens - kept >= 1
if admitted then
  tokens = tokens - 1
  own = math.max(0, own - 1)
end
redis.call('HSET', KEYS[1], 't', string.format('%.6f', tokens), 'a', string.format('%.0f', now),
  's:' .. member, string.format('%.6f', own), 'l:' .. member, string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(burst / rate * 1000, ${ACTIVE_MS})) + 1000)

local retry, wait = 0, 0
if not admitted then
  local until_share = math.max((1 - tokens) / rate, (1 - own) / share_rate)
  local seconds = math.min(until_share, (1 + kept - tokens) / rate)
  retry = math.max(1, math.ceil(seconds))
  wait = math.floor(seconds * 1000)
end
return { admitted and 1 or 0, math.max(0, math.floor(math.min(tokens, own)), math.floor(tokens - kept)),
  math.ceil((burst - tokens) / rate), retry, wait }
`;

/**
 * A process says that it lives. KEYS: the set of processes. ARGV: name of the process, seconds until it counts as gone.
 * Gives how many live. It writes on purpose: a server that can only be read is of no use for limits.
 */
export const ALIVE_SCRIPT = `
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time[1] - ARGV[2])
redis.call('ZADD', KEYS[1], time[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`;
