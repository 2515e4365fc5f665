import { Client, Pool } from 'pg'
import postgres from 'postgres'
import {
  postgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from '../../src/stores/postgres/store.ts'

/** The clients that the store takes, each over a schema of its own in one database. */
export const CLIENTS = ['pg.Pool', 'pg.Client', 'postgres'] as const

export interface OpenStore {
  store: PostgresStore
  query(text: string): Promise<unknown[]>
  close(): Promise<void>
}

/** A connection of its own to a schema, which is made where it is missing. */
export async function openPostgres(
  client: (typeof CLIENTS)[number],
  url: string,
  schema: string,
  options: PostgresStoreOptions = {},
): Promise<OpenStore> {
  const make = `CREATE SCHEMA IF NOT EXISTS ${schema}`
  const settings = `-c search_path=${schema} -c client_min_messages=warning`
  if (client === 'postgres') {
    const sql = postgres(url, {
      max: 4,
      connection: { search_path: schema, client_min_messages: 'warning' },
    })
    await sql.unsafe(make)
    const store = postgresStore(sql, options)
    return {
      store,
      query: async (text) => sql.unsafe(text),
      close: async () => (store.close(), sql.end({ timeout: 5 })),
    }
  }
  const given = { connectionString: url, options: settings }
  const opened = client === 'pg.Pool' ? new Pool({ ...given, max: 4 }) : new Client(given)
  if (opened instanceof Client) await opened.connect()
  await opened.query(make)
  const store = postgresStore(opened, options)
  return {
    store,
    query: async (text) => (await opened.query(text)).rows,
    close: async () => (store.close(), opened.end()),
  }
}

let schemas = 0
export const newSchema = (): string => `s${process.pid}_${++schemas}`
