/**
 * Sessions in Redis or Valkey: signs in, refreshes, signs out, and prints the events. Needs
 * REDIS_URL and SECRET.
 */
import { Redis } from 'ioredis'
import { createAuth } from 'latchkey'
import { redisStore } from 'latchkey/stores/redis'

const redis = new Redis(process.env.REDIS_URL!)
const store = redisStore(redis)
await store.migrate()

const auth = createAuth({
  secret: process.env.SECRET!,
  store,
  onEvent: (event) => 'sessionId' in event && console.log(event.type),
})
const { refreshToken, sessionId } = await auth.signIn('ada')
await auth.refresh(refreshToken)
await auth.signOut(sessionId)

store.close()
redis.disconnect()
