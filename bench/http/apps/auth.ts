import { createAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { SECRET } from '../../jwt/auths.ts'

/** The guard's side: a process that verifies what another one has issued. */
export const auth = createAuth({ secret: SECRET, store: memoryStore() })

/** What every route answers. */
export const ANSWER = { hello: 'ada' }
