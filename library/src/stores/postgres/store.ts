import type { End, Session, Store } from '../../core/store.ts'
import { notDurableError } from '../not-durable.ts'
import { Notifications, uniqueSuffix } from '../notifications.ts'
import { readOptions } from '../options.ts'
import { adaptClient, type PostgresClient, type PostgresConnection } from './client.ts'
import { Queries } from './query-batches.ts'
import { endToValues, sessionFromRow, type Row } from './row.ts'
import { SCHEMA } from './schema.ts'
import { CHANNEL, PRUNE_LIMIT, type StatementName } from './sql.ts'
import { clearTries, giveBackTries, takeTry } from './tries.ts'

export type { PgClient, PostgresClient, PostgresJs } from './client.ts'

export interface PostgresStoreOptions {
  /** Milliseconds after which a call without a response is rejected. 5000 by default. */
  timeLimit?: number
  /**
   * Whether to use prepared statements. Set it to false behind a pooler without them. True by
   * default.
   */
  prepare?: boolean
  /** Accepts `fsync = off`: a power cut may corrupt the database, or undo the end of sessions. */
  dangerouslyNotDurable?: boolean
}

export interface PostgresStore extends Store {
  /**
   * Creates missing tables and indexes. Call it before the first use; any number of processes may
   * do so at once. Rejects if the settings of the server make it unusable or unsafe.
   */
  migrate(): Promise<void>
  /** Releases the connection that receives ended sessions. Call it before closing the client. */
  close(): void
}

/** Stores sessions in PostgreSQL, over a client that the caller opens and closes. */
export function postgresStore(
  client: PostgresClient,
  options: PostgresStoreOptions = {},
): PostgresStore {
  const settings = readOptions<Required<PostgresStoreOptions>>('postgresStore', options, {
    timeLimit: 5000,
    prepare: true,
    dangerouslyNotDurable: false,
  })
  const connection = adaptClient(client, settings)
  const queries = new Queries(connection, settings.timeLimit)
  const notifications = notificationsOver(connection, queries)
  const { batches } = queries

  return {
    timeLimit: settings.timeLimit,
    migrate: async () => migrate(connection, queries, settings.dangerouslyNotDurable),
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
    list: async (identity) => list(queries, identity),
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

async function migrate(
  connection: PostgresConnection,
  queries: Queries,
  acceptsNotDurable: boolean,
): Promise<void> {
  await connection.runScript(SCHEMA)
  const [[fsync, arrayNulls] = []] = await queries.run('settings')
  if (fsync === 'off' && !acceptsNotDurable)
    throw notDurableError(
      'PostgreSQL runs with fsync = off: a power cut could corrupt it or bring back ended ' +
        'sessions. Set fsync = on. If you accept the risk, pass { dangerouslyNotDurable: true } ' +
        'to postgresStore',
    )
  // Null values would be stored as the text "null".
  if (arrayNulls === 'off')
    throw new Error(
      'PostgreSQL runs with array_nulls = off, and cannot store null values. Set array_nulls = on',
    )
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
  return rows.map(([id]) => String(id))
}

async function list(queries: Queries, identity: string): Promise<Session[]> {
  if (!isStorable(identity)) return []
  const rows = (await queries.run('list', identity)) as Row[]
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
