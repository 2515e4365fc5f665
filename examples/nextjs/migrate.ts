/** Before the first start: `node examples/nextjs/migrate.ts`. Next.js loads its modules in several processes, which should not all do it. */
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from 'latchkey/stores/sqlite'

sqliteStore(new DatabaseSync(process.env.DATABASE ?? 'sessions.db')).migrate()
