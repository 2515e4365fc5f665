import { redisStore } from 'latchkey/stores/redis'
import type { Data, DataOptions } from '../data.ts'
import { withDatabaseErrors } from '../database-error.ts'
import { redisInstance, type RedisInstance } from './instance.ts'

/** Milliseconds. A command that takes longer fails, and the request gets 503. */
const TIME_LIMIT = 5000

/** Connects to Redis or Valkey for sessions and counters of tries. Rejects with the errors of the driver. */
export async function openRedis(
  { config }: DataOptions,
  url: string,
): Promise<Pick<Data, 'sessions' | 'close'> & { instance: RedisInstance }> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIME_LIMIT,
    commandTimeout: TIME_LIMIT,
    maxRetriesPerRequest: 2,
  })
  // Without a listener an error would end the process. Each command rejects with its own error.
  redis.on('error', () => {})
  const store = redisStore(redis, {
    timeLimit: TIME_LIMIT,
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
  return {
    sessions: withDatabaseErrors(store),
    instance: redisInstance(redis),
    close,
  }
}
