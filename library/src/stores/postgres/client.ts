import { GIVEN_UP } from '../batch.ts'
import { keepOpen, type Hearing, type Line } from '../reconnect.ts'

/** What we call of `pg`: a `Pool`, or a `Client` that is connected. */
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
/** A pool has connections to take out. */
interface PgPool extends PgClient {
  connect(): Promise<PgConnection>
  totalCount: number
}
interface PgConnection extends PgClient {
  on(event: string, listener: (given: never) => void): unknown
  removeAllListeners(event: string): unknown
  release(destroy?: boolean): void
}

/** What we call of `postgres` (postgres.js). */
export interface PostgresJs {
  unsafe(
    text: string,
    values?: never[],
    options?: { prepare?: boolean },
  ): { values(): PromiseLike<unknown[][]>; simple(): PromiseLike<unknown> }
  listen(
    channel: string,
    told: (payload: string) => void,
    listening: () => void,
  ): Promise<{ unlisten(): Promise<unknown> }>
}

export type PostgresClient = PgClient | PostgresJs

/** One face for the clients. Rows come as arrays, so that no setting of theirs renames a column. */
export interface Connections {
  query(name: string, text: string, values: unknown[]): PromiseLike<unknown[][]>
  /** Several statements, in one transaction. */
  script(text: string): PromiseLike<unknown>
  listen(channels: string[], hearing: Hearing): Line
}

export function connectionsOf(
  client: PostgresClient,
  { prepare, timeLimit }: { prepare: boolean; timeLimit: number },
): Connections {
  const given: unknown = client
  if (isPostgresJs(given)) return ofPostgresJs(given, prepare)
  if (isPg(given)) return ofPg(given, prepare, timeLimit)
  throw new TypeError(
    'postgresStore takes a client: a Pool or Client of "pg", or what postgres(…) of "postgres" returns',
  )
}

function isPostgresJs(client: unknown): client is PostgresJs {
  return typeof client === 'function' && 'unsafe' in client && 'listen' in client
}
function isPg(client: unknown): client is PgClient {
  return typeof client === 'object' && client !== null && 'query' in client && 'on' in client
}

function ofPg(client: PgClient, prepare: boolean, timeLimit: number): Connections {
  // A connection that breaks while nobody uses it would otherwise end the process. The next query finds out, or takes another.
  client.on('error', () => {})
  const send: PgClient['query'] =
    'totalCount' in client ? async (config) => client.query(config) : oneByOne(client)
  return {
    async query(name, text, values) {
      const { rows } = await send({
        ...(prepare && { name }),
        text,
        values,
        rowMode: 'array',
        query_timeout: GIVEN_UP * timeLimit,
      })
      return rows as unknown[][]
    },
    script: async (text) => send({ text }),
    listen: (channels, hearing) =>
      'totalCount' in client
        ? lineOfPool(client as PgPool, channels, hearing)
        : lineOfClient(client, send, channels, hearing),
  }
}

/** A client takes a query when the one before it is answered. */
function oneByOne(client: PgClient): PgClient['query'] {
  let last: Promise<unknown> = Promise.resolve()
  return async (config) => {
    const sent = last.then(async () => client.query(config))
    last = sent.catch(() => {})
    return sent
  }
}

/** A pool gives one of its connections for good; when that is lost it gives another. */
function lineOfPool(pool: PgPool, channels: string[], hearing: Hearing): Line {
  return keepOpen(async (lost) => {
    const connection = await pool.connect()
    const drop = () => {
      for (const event of ['notification', 'end']) connection.removeAllListeners(event)
      connection.release(true)
    }
    for (const event of ['error', 'end']) connection.on(event, lost)
    hear(connection, hearing)
    try {
      await connection.query({ text: listenTo(channels) })
    } catch (cause) {
      drop()
      throw cause
    }
    return drop
  }, hearing)
}

/** A client is one connection: when it is lost there is no other. */
function lineOfClient(
  client: PgClient,
  send: PgClient['query'],
  channels: string[],
  hearing: Hearing,
): Line {
  hear(client, hearing)
  const listen = () =>
    void send({ text: listenTo(channels) }).then(
      () => hearing.opened(),
      () => {},
    )
  listen()
  return {
    renew: listen,
    close: () =>
      void send({ text: channels.map((channel) => `UNLISTEN ${channel}`).join('; ') }).catch(
        () => {},
      ),
  }
}

function hear(connection: PgClient, { heard }: Hearing): void {
  const { on } = connection as unknown as {
    on(event: string, listener: (message: { channel: string; payload?: string }) => void): unknown
  }
  on.call(connection, 'notification', ({ channel, payload = '' }) => heard(channel, payload))
}

const listenTo = (channels: string[]): string =>
  channels.map((channel) => `LISTEN ${channel}`).join('; ')

function ofPostgresJs(sql: PostgresJs, prepare: boolean): Connections {
  return {
    query: (_name, text, values) => sql.unsafe(text, values as never[], { prepare }).values(),
    script: (text) => sql.unsafe(text).simple(),
    listen(channels, { opened, lost, heard }) {
      let closed = false
      const lines = channels.map(async (channel, index) =>
        sql.listen(
          channel,
          (payload) => closed || heard(channel, payload),
          () => closed || index < channels.length - 1 || (lost(), opened()),
        ),
      )
      const close = () => {
        closed = true
        for (const line of lines) void line.then(({ unlisten }) => unlisten()).catch(() => {})
      }
      for (const line of lines) line.catch(() => {})
      // It listens again by itself.
      return { renew() {}, close }
    },
  }
}
