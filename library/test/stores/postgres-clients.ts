import { Client, Pool } from 'pg'
import postgres from 'postgres'
import {
  postgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from '../../src/stores/postgres/store.ts'

/** The clients that `postgresStore` supports. */
export const CLIENTS = ['pg.Pool', 'pg.Client', 'postgres'] as const

export interface OpenStore {
  store: PostgresStore
  query(text: string): Promise<unknown[]>
  close(): Promise<void>
}

/** Opens a store with a connection of its own, on a schema that is created if it is missing. */
export async function openPostgres(
  client: (typeof CLIENTS)[number],
  url: string,
  schema: string,
  options: PostgresStoreOptions = {},
): Promise<OpenStore> {
  const createSchema = `CREATE SCHEMA IF NOT EXISTS ${schema}`
  const settings = `-c search_path=${schema} -c client_min_messages=warning`
  if (client === 'postgres') {
    const sql = postgres(url, {
      max: 4,
      connection: { search_path: schema, client_min_messages: 'warning' },
    })
    await sql.unsafe(createSchema)
    const store = postgresStore(sql, options)
    return {
      store,
      query: async (text) => sql.unsafe(text),
      close: async () => (store.close(), sql.end({ timeout: 5 })),
    }
  }
  const config = { connectionString: url, options: settings }
  const opened = client === 'pg.Pool' ? new Pool({ ...config, max: 4 }) : new Client(config)
  if (opened instanceof Client) await opened.connect()
  await opened.query(createSchema)
  const store = postgresStore(opened, options)
  return {
    store,
    query: async (text) => (await opened.query(text)).rows,
    close: async () => (store.close(), opened.end()),
  }
}

let schemas = 0
export const newSchema = (): string => `s${process.pid}_${++schemas}`
