import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'

const KEY = 'latchkey:instance'

/** Tells one Redis from another, whatever its address is. */
export interface RedisInstance {
  /** Returns the random id that is stored in this Redis, or null if there is none. */
  read(): Promise<string | null>
  /** Stores an id if there is none. Returns the id. */
  create(): Promise<string>
}

export function redisInstance(redis: Redis): RedisInstance {
  return {
    read: async () => redis.get(KEY),
    async create() {
      const id = randomBytes(16).toString('base64url')
      await redis.set(KEY, id, 'NX')
      return (await redis.get(KEY)) ?? id
    },
  }
}
