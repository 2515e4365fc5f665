import { createAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { SECRET } from '../../jwt/auths.ts'
import { sessionNumber } from '../../stores/sessions.ts'

/** A process that verifies the tokens of another one. In its store, every session is alive. */
export const auth = createAuth({
  secret: SECRET,
  store: {
    ...memoryStore(),
    read: (id) => ({ ...sessionNumber(0), id, idleEndsAt: Date.now() + 60_000 }),
  },
})

/** The response of every route. */
export const ANSWER = { hello: 'ada' }
