import type { Redis } from 'ioredis'
import { DELAYS, type Counters } from '../../accounts/throttle.ts'

const PREFIX = 'latchkey:throttle:'

/**
 * `delayAfter` in Lua, because several processes count at the same time.
 * KEYS[1] counter; ARGV now, forget after, free failures, first delay, longest delay.
 */
const FAIL = `
  local row = redis.call('HMGET', KEYS[1], 'failures', 'failed_at')
  local now, forget_after, free = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local n = 1
  if row[1] and now - tonumber(row[2]) < forget_after then n = tonumber(row[1]) + 1 end
  local delay = 0
  if n >= free then
    delay = math.min(tonumber(ARGV[4]) * 2 ^ math.min(n - free, 40), tonumber(ARGV[5]))
  end
  redis.call('HSET', KEYS[1], 'failures', n, 'failed_at', ARGV[1],
    'blocked_until', string.format('%.0f', now + delay))
  redis.call('PEXPIRE', KEYS[1], ARGV[2])`

export function redisCounters(redis: Redis): Counters {
  return {
    async read(key) {
      const [failures, failedAt, blockedUntil] = await redis.hmget(
        PREFIX + key,
        'failures',
        'failed_at',
        'blocked_until',
      )
      if (!failures) return null
      return {
        failures: Number(failures),
        failedAt: Number(failedAt),
        blockedUntil: Number(blockedUntil),
      }
    },
    async fail(key, at, { free, forgetAfter }) {
      await redis.eval(FAIL, 1, PREFIX + key, at, forgetAfter, free, DELAYS.first, DELAYS.max)
    },
    async remove(key) {
      await redis.del(PREFIX + key)
    },
    // Redis expires the keys.
    async prune() {},
  }
}
