import { DatabaseSync } from 'node:sqlite'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/stores/sqlite'

const store = sqliteStore(
  new DatabaseSync(process.env.DATABASE ?? 'sessions.db', { timeout: 5000 }),
)
export const auth = createAuth({ secret: process.env.SECRET, store })
