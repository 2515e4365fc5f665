import { requestTimeout } from '../batch-calls.ts'
import {
  ReconnectingSubscription,
  type Subscription,
  type SubscriptionHandlers,
} from '../reconnect.ts'

/** The methods the store calls on a client of `pg`: a `Pool`, or a connected `Client`. */
export interface PgClient {
  query(config: {
    name?: string
    text: string
    values?: unknown[]
    rowMode?: 'array'
    query_timeout?: number
  }): Promise<{ rows: unknown[] }>
  on(event: 'error', listener: (cause: Error) => void): unknown
}
interface PgPool extends PgClient {
  connect(): Promise<PgPoolConnection>
  totalCount: number
}
interface PgPoolConnection extends PgClient {
  on(event: string, listener: (argument: never) => void): unknown
  removeAllListeners(event: string): unknown
  release(destroy?: boolean): void
}

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
  subscribe(channels: string[], handlers: SubscriptionHandlers): Subscription
}

interface ClientSettings {
  prepare: boolean
  timeLimit: number
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

function adaptPg(client: PgClient, { prepare, timeLimit }: ClientSettings): PostgresConnection {
  // An idle connection that breaks would end the process. The next query fails, or uses another
  // one.
  client.on('error', () => {})
  const query = isPool(client)
    ? async (config: QueryConfig) => client.query(config)
    : queryOneByOne(client)
  return {
    async query(name, text, values) {
      const { rows } = await query({
        ...(prepare && { name }),
        text,
        values,
        rowMode: 'array',
        query_timeout: requestTimeout(timeLimit),
      })
      return rows as unknown[][]
    },
    runScript: async (text) => query({ text }),
    subscribe: (channels, handlers) =>
      isPool(client)
        ? subscribeWithPool(client, channels, handlers)
        : subscribeWithClient(client, query, channels, handlers),
  }
}

type QueryConfig = Parameters<PgClient['query']>[0]

/** A `Client` of `pg` must not get a query before the previous one has finished. */
function queryOneByOne(client: PgClient): PgClient['query'] {
  let last: Promise<unknown> = Promise.resolve()
  return async (config) => {
    const result = last.then(async () => client.query(config))
    last = result.catch(() => {})
    return result
  }
}

/** Takes a connection out of the pool. If it is lost, takes another. */
function subscribeWithPool(
  pool: PgPool,
  channels: string[],
  handlers: SubscriptionHandlers,
): Subscription {
  return new ReconnectingSubscription(async (onLost) => {
    const connection = await pool.connect()
    const disconnect = () => {
      for (const event of ['notification', 'end']) connection.removeAllListeners(event)
      connection.release(true)
    }
    for (const event of ['error', 'end']) connection.on(event, onLost)
    onNotification(connection, handlers)
    try {
      await connection.query({ text: listenStatements(channels) })
    } catch (cause) {
      disconnect()
      throw cause
    }
    return disconnect
  }, handlers)
}

/** A `Client` is a single connection and cannot be replaced: `reconnect` only listens again. */
function subscribeWithClient(
  client: PgClient,
  query: PgClient['query'],
  channels: string[],
  handlers: SubscriptionHandlers,
): Subscription {
  const unlisten = channels.map((channel) => `UNLISTEN ${channel}`).join('; ')
  const listen = () => {
    query({ text: listenStatements(channels) }).then(
      () => handlers.onConnect(),
      () => {},
    )
  }
  onNotification(client, handlers)
  listen()
  return {
    reconnect: listen,
    close: () => void query({ text: unlisten }).catch(() => {}),
  }
}

function onNotification(connection: PgClient, { onMessage }: SubscriptionHandlers): void {
  const { on } = connection as unknown as {
    on(event: string, listener: (message: { channel: string; payload?: string }) => void): unknown
  }
  on.call(connection, 'notification', ({ channel, payload = '' }) => onMessage(channel, payload))
}

const listenStatements = (channels: string[]): string =>
  channels.map((channel) => `LISTEN ${channel}`).join('; ')

function adaptPostgresJs(sql: PostgresJs, { prepare }: ClientSettings): PostgresConnection {
  return {
    query: (_name, text, values) => sql.unsafe(text, values as never[], { prepare }).values(),
    runScript: (text) => sql.unsafe(text).simple(),
    subscribe: (channels, handlers) => subscribeWithPostgresJs(sql, channels, handlers),
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
