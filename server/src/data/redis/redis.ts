import type { Redis } from 'ioredis'
import { redisStore } from 'latchkey/stores/redis'
import { DELAYS, type CounterRow, type Counters } from '../../accounts/throttle.ts'
import { failingAsData, type Data, type DataSource } from '../data.ts'

/** Milliseconds. What takes longer is answered 503. */
const LIMIT = 5000
const PREFIX = 'latchkey:throttle:'

/** Opens a Redis for what every process must see at once: the sessions, and the failures that are counted. Throws what it throws. */
export async function openRedis(
  { config }: DataSource,
  url: string,
): Promise<Pick<Data, 'sessions' | 'counters' | 'close'>> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: LIMIT,
    commandTimeout: LIMIT,
    maxRetriesPerRequest: 2,
  })
  // Each call says by itself that it failed.
  redis.on('error', () => {})
  const store = redisStore(redis, {
    timeLimit: LIMIT,
    dangerouslyNotDurable: config.dangerouslyNotDurable,
  })
  const close = () => {
    store.close()
    redis.disconnect()
  }
  try {
    await redis.connect()
    await store.migrate()
  } catch (cause) {
    close()
    throw cause
  }
  return { sessions: failingAsData(store), counters: failingAsData(countersIn(redis)), close }
}

/** KEYS counter; ARGV instant, after how long it is forgotten, free failures, first delay, longest delay. Counted in one step. */
const COUNT = `
  local row = redis.call('HMGET', KEYS[1], 'failures', 'failed_at')
  local n = 1
  if row[1] and tonumber(ARGV[1]) - tonumber(row[2]) < tonumber(ARGV[2]) then n = tonumber(row[1]) + 1 end
  local delay = 0
  if n >= tonumber(ARGV[3]) then delay = math.min(tonumber(ARGV[4]) * 2 ^ math.min(n - tonumber(ARGV[3]), 40), tonumber(ARGV[5])) end
  redis.call('HSET', KEYS[1], 'failures', n, 'failed_at', ARGV[1], 'blocked_until', string.format('%.0f', tonumber(ARGV[1]) + delay))
  redis.call('PEXPIRE', KEYS[1], ARGV[2])`

function countersIn(redis: Redis): Counters {
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
        failed_at: Number(failedAt),
        blocked_until: Number(blockedUntil),
      } satisfies CounterRow
    },
    fail: async (key, at, { free, forget }) =>
      void (await redis.eval(
        COUNT,
        1,
        PREFIX + key,
        at,
        forget,
        free,
        DELAYS.first,
        DELAYS.longest,
      )),
    remove: async (key) => void (await redis.del(PREFIX + key)),
    // They expire by themselves.
    async prune() {},
  }
}
