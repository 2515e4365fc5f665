/** Starts the stores that the storm runs on, with a connection of its own for each server. */
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

export interface LaunchedStores {
  /** One store for each server, all on the same database. */
  stores: Store[]
  close(): unknown
}

export interface StoreLauncher {
  /**
   * Default of the option `tick`. With a database server, larger steps let more requests share a
   * batch.
   */
  tick: number
  /** Resolves with null if the database is not installed. */
  launch(servers: number): LaunchedStores | Promise<LaunchedStores | null>
}

const LOCAL_TICK = 10
const SERVER_TICK = 500

export const STORE_LAUNCHERS: Record<string, StoreLauncher> = {
  memory: { tick: LOCAL_TICK, launch: launchMemory },
  sqlite: { tick: LOCAL_TICK, launch: launchSqlite },
  postgres: { tick: SERVER_TICK, launch: launchPostgres },
  redis: { tick: SERVER_TICK, launch: launchRedis },
}

const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

function launchMemory(servers: number): LaunchedStores {
  const store = memoryStore()
  return { stores: repeat(servers, () => store), close: () => {} }
}

function launchSqlite(servers: number): LaunchedStores {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-storm-'))
  const file = join(folder, 'sessions.db')
  const databases = repeat(servers, () => new DatabaseSync(file, { timeout: 10_000 }))
  const stores = databases.map((database) => sqliteStore(database))
  for (const store of stores) store.migrate()
  return {
    stores,
    close() {
      for (const database of databases) database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function launchPostgres(servers: number): Promise<LaunchedStores | null> {
  const engine = await anyPostgresFor('the storm on PostgreSQL')
  if (engine === null) return null
  const pools = repeat(servers, () => new Pool({ connectionString: engine.url, max: 4 }))
  const stores = pools.map((pool) => postgresStore(pool))
  await stores[0]?.migrate()
  return {
    stores,
    async close() {
      for (const store of stores) store.close()
      for (const pool of pools) await pool.end()
      await engine.stop()
    },
  }
}

async function launchRedis(servers: number): Promise<LaunchedStores | null> {
  const engine = await anyRedisFor('the storm on Redis')
  if (engine === null) return null
  const clients = repeat(servers, () => new Redis(engine.url))
  const stores = clients.map((client) => redisStore(client))
  return {
    stores,
    async close() {
      for (const store of stores) store.close()
      for (const client of clients) client.disconnect()
      await engine.stop()
    },
  }
}
