import { DatabaseSync } from 'node:sqlite'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/stores/sqlite'

const store = sqliteStore(new DatabaseSync('sessions.db'))
store.migrate()
export const auth = createAuth({ secret: process.env.SECRET, store })
