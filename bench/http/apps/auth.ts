import { createAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { SECRET } from '../../jwt/tokens.ts'
import { numberedSession } from '../../stores/numbered-session.ts'

/** Verifies tokens that another process issued. In its store, every session is active. */
export const auth = createAuth({
  secret: SECRET,
  store: {
    ...memoryStore(),
    read: (id) => ({ ...numberedSession(0), id, idleEndsAt: Date.now() + 60_000 }),
  },
})

/** The response body of every route. */
export const BODY = { hello: 'ada' }
