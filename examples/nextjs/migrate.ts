/**
 * Run this once before the first start: `node migrate.ts`. Do not call `migrate()` in a module of
 * the application: Next.js loads its modules in several processes.
 */
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from 'latchkey/stores/sqlite'

sqliteStore(new DatabaseSync(process.env.DATABASE ?? 'sessions.db')).migrate()
