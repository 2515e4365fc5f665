import { createAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { SECRET } from '../../jwt/auths.ts'
import { sessionNumber } from '../../stores/sessions.ts'

/** The guard's side: a process that verifies what another one has issued. Its store knows that every session lives. */
export const auth = createAuth({
  secret: SECRET,
  store: {
    ...memoryStore(),
    read: (id) => ({ ...sessionNumber(0), id, idleEndsAt: Date.now() + 60_000 }),
  },
})

/** What every route answers. */
export const ANSWER = { hello: 'ada' }
