import { requestTimeout } from '../batch-calls.ts'
import type { Subscription, SubscriptionHandlers } from '../reconnect.ts'
import { subscribeWithClient, subscribeWithPool } from './listener.ts'
import type { PgClient, PgPool } from './pg.ts'

/** The methods the store calls on a client of `postgres` (Postgres.js). */
export interface PostgresJs {
  unsafe(
    text: string,
    values?: never[],
    options?: { prepare?: boolean },
  ): { values(): PromiseLike<unknown[][]>; simple(): PromiseLike<unknown> }
  listen(
    channel: string,
    onMessage: (payload: string) => void,
    onListening: () => void,
  ): Promise<{ unlisten(): Promise<unknown> }>
  options?: { max?: number }
}

export type PostgresClient = PgClient | PostgresJs

/**
 * What the store needs of a client. Rows are arrays, which no setting of a client renames or
 * converts.
 */
export interface PostgresConnection {
  query(name: string, text: string, values: unknown[]): PromiseLike<unknown[][]>
  /** Runs several statements in one transaction. */
  runScript(text: string): PromiseLike<unknown>
  /** Null if no connection can be kept for notifications. */
  subscribe: ((channels: string[], handlers: SubscriptionHandlers) => Subscription) | null
}

interface ClientSettings {
  prepare: boolean
  timeLimit: number
  notifications: boolean
}

/** SQLSTATE of a prepared statement that another client of a pooler has made, or not made. */
const PREPARED_ELSEWHERE = new Set<unknown>(['26000', '42P05'])

/**
 * Makes a function that runs a query with a prepared statement. Behind a pooler that gives each
 * transaction another connection, the statement may be missing or taken. The query has then not
 * been run: it is sent again without one, as are all queries after it.
 */
function preparing(prepare: boolean) {
  let works = prepare
  return async <R>(query: (prepare: boolean) => PromiseLike<R>): Promise<R> => {
    try {
      return await query(works)
    } catch (cause) {
      if (!prepare || !PREPARED_ELSEWHERE.has((cause as { code?: unknown }).code)) throw cause
      works = false
      return query(false)
    }
  }
}

export function adaptClient(client: PostgresClient, settings: ClientSettings): PostgresConnection {
  const candidate: unknown = client
  if (isPostgresJs(candidate)) return adaptPostgresJs(candidate, settings)
  if (isPg(candidate)) return adaptPg(candidate, settings)
  throw new TypeError(
    'postgresStore: the client must be a Pool or Client of "pg", ' +
      'or the result of postgres() of "postgres"',
  )
}

function isPostgresJs(client: unknown): client is PostgresJs {
  return typeof client === 'function' && 'unsafe' in client && 'listen' in client
}
function isPg(client: unknown): client is PgClient {
  return typeof client === 'object' && client !== null && 'query' in client && 'on' in client
}
function isPool(client: PgClient): client is PgPool {
  return 'totalCount' in client
}

function adaptPg(client: PgClient, settings: ClientSettings): PostgresConnection {
  const query = queryOf(client)
  const prepared = preparing(settings.prepare)
  const subscribe: PostgresConnection['subscribe'] = (channels, handlers) =>
    isPool(client)
      ? subscribeWithPool(client, channels, handlers)
      : subscribeWithClient(client, query, channels, handlers)
  return {
    async query(name, text, values) {
      const config = {
        text,
        values,
        rowMode: 'array' as const,
        query_timeout: requestTimeout(settings.timeLimit),
      }
      const { rows } = await prepared((prepare) => query(prepare ? { name, ...config } : config))
      return rows as unknown[][]
    },
    runScript: async (text) => query({ text }),
    // The application needs the only connection of its pool.
    subscribe:
      settings.notifications && !(isPool(client) && client.options?.max === 1) ? subscribe : null,
  }
}

type QueryConfig = Parameters<PgClient['query']>[0]

/** How stores query a pool or client, by pool or client: several may use the same. */
const QUERIES = new WeakMap<PgClient, PgClient['query']>()

function queryOf(client: PgClient): PgClient['query'] {
  const known = QUERIES.get(client)
  if (known !== undefined) return known
  // An idle connection that breaks would end the process. The next query fails, or uses another
  // one.
  client.on('error', () => {})
  const query = isPool(client)
    ? async (config: QueryConfig) => client.query(config)
    : queryOneByOne(client)
  QUERIES.set(client, query)
  return query
}

/** A `Client` of `pg` must not get a query before the previous one has finished. */
function queryOneByOne(client: PgClient): PgClient['query'] {
  let last: Promise<unknown> = Promise.resolve()
  return async (config) => {
    const result = last.then(async () => client.query(config))
    last = result.catch(() => {})
    return result
  }
}

function adaptPostgresJs(sql: PostgresJs, settings: ClientSettings): PostgresConnection {
  const prepared = preparing(settings.prepare)
  return {
    query: async (_name, text, values) =>
      prepared((prepare) => sql.unsafe(text, values as never[], { prepare }).values()),
    runScript: (text) => sql.unsafe(text).simple(),
    subscribe:
      settings.notifications && sql.options?.max !== 1
        ? (channels, handlers) => subscribeWithPostgresJs(sql, channels, handlers)
        : null,
  }
}

/** Postgres.js keeps a connection for `listen`, and opens another by itself when it is lost. */
function subscribeWithPostgresJs(
  sql: PostgresJs,
  channels: string[],
  { onConnect, onDisconnect, onMessage }: SubscriptionHandlers,
): Subscription {
  let closed = false
  const lastChannel = channels.at(-1)
  const onListening = (channel: string) => {
    // Called for each channel, also after a reconnection: the loss itself is not reported.
    if (closed || channel !== lastChannel) return
    onDisconnect()
    onConnect()
  }
  const listens = channels.map(async (channel) =>
    sql.listen(
      channel,
      (payload) => closed || onMessage(channel, payload),
      () => onListening(channel),
    ),
  )
  for (const listen of listens) listen.catch(() => {})
  return {
    reconnect() {},
    close() {
      closed = true
      for (const listen of listens) listen.then(({ unlisten }) => unlisten()).catch(() => {})
    },
  }
}
