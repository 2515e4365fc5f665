/** The stores that the storm is run on: for each, as many connections of their own as there are servers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import type { Store } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { postgresStore } from 'latchkey/stores/postgres'
import { redisStore } from 'latchkey/stores/redis'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { anyPostgresFor } from '../../scripts/postgres.mjs'
import { anyRedisFor } from '../../scripts/redis.mjs'

export interface OpenStores {
  stores: Store[]
  close(): unknown
}

/** Null where the engine cannot be had. `tick`: over a network it pays to let more happen at once. */
export type OpenEngine = ((servers: number) => OpenStores | Promise<OpenStores | null>) & {
  tick: number
}

const AT_ONCE = 10
const IN_BULK = 500

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)
const engine = (
  tick: number,
  open: (servers: number) => OpenStores | Promise<OpenStores | null>,
): OpenEngine => Object.assign(open, { tick })

export const OPENERS: Record<string, OpenEngine> = {
  memory: engine(AT_ONCE, (servers) => {
    const store = memoryStore()
    return { stores: times(servers, () => store), close: () => {} }
  }),
  sqlite: engine(AT_ONCE, (servers) => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-storm-'))
    const databases = times(
      servers,
      () => new DatabaseSync(join(folder, 'sessions.db'), { timeout: 10_000 }),
    )
    const stores = databases.map((database) => sqliteStore(database))
    for (const store of stores) store.migrate()
    const close = (): void => {
      for (const database of databases) database.close()
      rmSync(folder, { recursive: true })
    }
    return { stores, close }
  }),
  postgres: engine(IN_BULK, async (servers) => {
    const started = await anyPostgresFor('the storm on PostgreSQL')
    if (started === null) return null
    const pools = times(servers, () => new Pool({ connectionString: started.url, max: 4 }))
    const stores = pools.map((pool) => postgresStore(pool))
    await stores[0]?.migrate()
    const close = async (): Promise<void> => {
      for (const store of stores) store.close()
      for (const pool of pools) await pool.end()
      await started.stop()
    }
    return { stores, close }
  }),
  redis: engine(IN_BULK, async (servers) => {
    const started = await anyRedisFor('the storm on Redis')
    if (started === null) return null
    const clients = times(servers, () => new Redis(started.url))
    const stores = clients.map((client) => redisStore(client))
    const close = async (): Promise<void> => {
      for (const store of stores) store.close()
      for (const client of clients) client.disconnect()
      await started.stop()
    }
    return { stores, close }
  }),
}
