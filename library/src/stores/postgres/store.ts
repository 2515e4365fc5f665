import type { End, ListRange, Session, Store } from '../../core/store.ts'
import { listStart, listStatement } from '../lists.ts'
import { Notifications, uniqueSuffix } from '../notifications.ts'
import { readOptions } from '../options.ts'
import { adaptClient, type PostgresClient, type PostgresConnection } from './client.ts'
import { Queries } from './query-batches.ts'
import { endToValues, sessionFromRow, type Row } from './row.ts'
import { migrate } from './migrate.ts'
import { isSchemaName, schemaSql } from './schema.ts'
import { CHANNEL, PRUNE_LIMIT, type StatementName } from './sql.ts'
import { clearTries, giveBackTries, takeTry } from './tries.ts'

export type { PostgresClient, PostgresJs } from './client.ts'
export type { PgClient } from './pg.ts'

export interface PostgresStoreOptions {
  /** Milliseconds after which a call without a response is rejected. 5000 by default. */
  timeLimit?: number
  /**
   * Whether to use prepared statements. True by default; behind a pooler that cannot use them the
   * store notices that, and goes on without.
   */
  prepare?: boolean
  /**
   * The schema of the tables, for all clients and poolers alike. By default the first of the
   * `search_path` of the connection.
   */
  schema?: string
  /**
   * `check`: `migrate` creates nothing, and rejects with what is missing, for a role that may not
   * create tables. `create` by default.
   */
  migrate?: 'create' | 'check'
  /**
   * False: no connection is kept for notifications and nothing is sent while no request comes, so
   * that a database may go to sleep. Ends in other processes are then found by polling, as with a
   * pool of one connection. True by default.
   */
  notifications?: boolean
  /** Accepts `fsync = off`: a power cut may corrupt the database, or undo the end of sessions. */
  dangerouslyNotDurable?: boolean
}

export interface PostgresStore extends Store {
  /**
   * Creates the tables and indexes that are missing, if any are. Call it before the first use; any
   * number of processes may do so at once. Rejects if the settings of the server make it unusable
   * or unsafe, or if the role lacks a right.
   */
  migrate(): Promise<void>
  /** Releases the connection that receives ended sessions. Call it before closing the client. */
  close(): void
}

/**
 * The statements that create the tables, for a migration of your own: they create what is missing,
 * and change nothing that is there.
 */
export function postgresSchema({ schema = '' }: { schema?: string } = {}): string {
  checkSchemaName('postgresSchema', schema)
  return schemaSql(schema)
}

function checkSchemaName(caller: string, schema: string): void {
  if (schema !== '' && !isSchemaName(schema))
    throw new TypeError(
      `${caller}: option "schema" must be letters, digits, "_" and "-", at most 63 in all`,
    )
}

function readSettings(options: PostgresStoreOptions): Required<PostgresStoreOptions> {
  const settings = readOptions<Required<PostgresStoreOptions>>('postgresStore', options, {
    timeLimit: 5000,
    prepare: true,
    schema: '',
    migrate: 'create',
    notifications: true,
    dangerouslyNotDurable: false,
  })
  checkSchemaName('postgresStore', settings.schema)
  if (!['create', 'check'].includes(settings.migrate))
    throw new TypeError('postgresStore: option "migrate" must be "create" or "check"')
  return settings
}

/** Stores sessions in PostgreSQL, over a client that the caller opens and closes. */
export function postgresStore(
  client: PostgresClient,
  options: PostgresStoreOptions = {},
): PostgresStore {
  const settings = readSettings(options)
  const connection = adaptClient(client, settings)
  const queries = new Queries(connection, settings)
  const notifications = notificationsOver(connection, queries)
  const { batches } = queries

  return {
    timeLimit: settings.timeLimit,
    migrate: async () => migrate(connection, queries, settings),
    create: async (session) => create(queries, session),
    read: async (id) => (isStorable(id) ? batches.read.add(id) : null),
    rotate: async (id, from, next) => isStorable(id) && batches.rotate.add({ id, from, next }),
    extend: async (id, generation, next) => extend(queries, id, generation, next),
    async markUsed(generations) {
      const storable = generations.filter(({ sessionId }) => isStorable(sessionId))
      await Promise.all(storable.map(async (generation) => batches.markUsed.add(generation)))
    },
    async end(id, end) {
      const ended = isStorable(id) && (await batches.end.add({ id, end }))
      if (ended) notifications.emit({ sessionId: id, at: end.at })
      return ended
    },
    async endAll(identity, except, end) {
      const ids = await endAll(queries, identity, except, end)
      for (const sessionId of ids) notifications.emit({ sessionId, at: end.at })
      return ids
    },
    list: async (identity, range) => list(queries, identity, range),
    endedSince: async (at) => endedSince(queries, at),
    prune: async (before) => prune(queries, before),
    claimOnce: async (key, expiresAt, now) => claimOnce(queries, key, expiresAt, now),
    takeTry: async (key, rule, now) => takeTry(queries, key, rule, now),
    giveBackTries: async (key, count, until) => giveBackTries(queries, key, count, until),
    clearTries: async (key, knownUntil) => clearTries(queries, key, knownUntil),
    async pruneTries(now, keep) {
      await runUntilDone(queries, 'pruneTries', now)
      await runUntilDone(queries, 'pruneSurplusTries', keep)
    },
    subscribe: (listener) => notifications.subscribe(listener),
    close: () => notifications.close(),
  }
}

function notificationsOver(connection: PostgresConnection, queries: Queries): Notifications {
  return new Notifications({
    channel: CHANNEL,
    heartbeatChannel: `latchkey_heartbeat_${uniqueSuffix()}`,
    subscribe: connection.subscribe,
    publish: async (channel) => queries.run('notify', channel, ''),
  })
}

async function create(queries: Queries, session: Session): Promise<void> {
  if (!isStorable(session.identity))
    throw new TypeError(
      'PostgreSQL cannot store this identity: it contains a NUL or an unpaired surrogate',
    )
  if (!(await queries.batches.create.add(session)))
    throw new Error('a session with this id already exists')
}

async function extend(
  queries: Queries,
  id: string,
  generation: number,
  { issuedAt, idleEndsAt }: Pick<Session, 'issuedAt' | 'idleEndsAt'>,
): Promise<boolean> {
  if (!isStorable(id)) return false
  const rows = await queries.run('extend', id, generation, issuedAt, idleEndsAt)
  return rows.length > 0
}

async function endAll(
  queries: Queries,
  identity: string,
  except: string | null,
  end: End,
): Promise<string[]> {
  if (!isStorable(identity)) return []
  const rows = await queries.run('endAll', identity, except, ...endToValues(end))
  const ended = rows.filter(([, done]) => done === true).map(([id]) => String(id))
  const locked = rows.filter(([, done]) => done !== true).map(([id]) => String(id))
  // Others are not held up by a row that another transaction has locked.
  const endedLater = await Promise.all(
    locked.map(async (id) => queries.batches.end.add({ id, end })),
  )
  return [...ended, ...locked.filter((_, index) => endedLater[index])]
}

async function list(queries: Queries, identity: string, range: ListRange): Promise<Session[]> {
  if (!isStorable(identity)) return []
  const { createdAt, id } = range.after ?? listStart(range)
  const statement = listStatement(range)
  const rows = (await queries.run(statement, identity, createdAt, id, range.limit)) as Row[]
  return rows.map(sessionFromRow)
}

async function endedSince(queries: Queries, since: number) {
  const rows = await queries.run('endedSince', since)
  return rows.map(([id, at]) => ({ sessionId: String(id), at: Number(at) }))
}

async function prune(queries: Queries, before: number): Promise<number> {
  const ended = await runUntilDone(queries, 'pruneEnded', before)
  const idle = await runUntilDone(queries, 'pruneIdle', before)
  return ended + idle
}

/**
 * Repeats a statement that deletes a limited number of rows until none are left. Returns their
 * number.
 */
async function runUntilDone(
  queries: Queries,
  statement: StatementName,
  before: number,
): Promise<number> {
  for (let total = 0; ;) {
    const { length: deleted } = await queries.run(statement, before)
    total += deleted
    if (deleted < PRUNE_LIMIT) return total
  }
}

async function claimOnce(
  queries: Queries,
  key: string,
  expiresAt: number,
  now: number,
): Promise<boolean> {
  await queries.run('deleteExpiredKeys', now)
  const rows = await queries.run('claimKey', key, expiresAt)
  return rows.length > 0
}

/** PostgreSQL cannot store a text with a NUL or an unpaired surrogate. */
const isStorable = (text: string): boolean => !/[\0\p{Surrogate}]/u.test(text)
