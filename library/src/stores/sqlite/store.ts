import { SetupError } from '../../core/setup-error.ts'
import type { End, ListRange, Rotation, Session, Store } from '../../core/store.ts'
import { listStart, listStatement } from '../lists.ts'
import { RevocationEmitter } from '../revocation-emitter.ts'
import type { SqliteDatabase, SqliteStatement, SqliteValue } from './database.ts'
import { GroupCommit } from './group-commit.ts'
import { hasWal, migrate } from './migrate.ts'
import {
  attemptToValue,
  dayOf,
  deviceToValues,
  endToValues,
  idFromBytes,
  idToBytes,
  rowValues,
  sessionFromRow,
  sessionToValues,
  type Row,
} from './row.ts'
import { prepareStatements, PRUNE_LIMIT, type Statements } from './sql.ts'
import { clearTries, giveBackTries, takeTry } from './tries.ts'

export type { SqliteDatabase, SqliteStatement, SqliteValue } from './database.ts'

export interface SqliteStore extends Store {
  /**
   * Switches the database to write-ahead logging, and creates missing tables and indexes. A
   * connection without a time-out for locks gets one of five seconds. Call it once before the first
   * use; any number of processes may do so at once.
   */
  migrate(): void
}

/**
 * Stores sessions in SQLite, on a connection that the caller opens and closes. Sign-ins and ends
 * are synced to disk before they resolve and survive a power cut. Rotations survive a crash of the
 * process. Throws a `TypeError` if `database` is something else.
 */
export function sqliteStore(database: SqliteDatabase): SqliteStore {
  checkDatabase(database)
  const connection = new Connection(database)
  const emitter = new RevocationEmitter()

  return {
    migrate: () => migrate(database),
    create: async (session) => create(connection, session),
    read: (id) => read(connection, id),
    rotate: async (id, from, next) => rotate(connection, id, from, next),
    extend: async (id, generation, next) => extend(connection, id, generation, next),
    async markUsed(generations) {
      await Promise.all(
        generations.map(async ({ sessionId, generation }) =>
          connection.write(({ markUsed }) => markUsed.run(idToBytes(sessionId), generation)),
        ),
      )
    },
    async end(id, end) {
      const ended = await endSession(connection, id, end)
      if (ended) emitter.emit({ sessionId: id, at: end.at })
      return ended
    },
    async endAll(identity, except, end) {
      const ids = await endAll(connection, identity, except, end)
      for (const sessionId of ids) emitter.emit({ sessionId, at: end.at })
      return ids
    },
    list: (identity, range) => list(connection, identity, range),
    endedSince: (since) => endedSince(connection, since),
    prune: async (before) => prune(connection, before),
    subscribe: (listener) => emitter.subscribe(listener),
    claimOnce: async (key, expiresAt, now) =>
      connection.write(({ deleteExpiredKeys, claimKey }) => {
        deleteExpiredKeys.run(now)
        return hasChanged(claimKey.run(key, expiresAt))
      }),
    takeTry: async (key, rule, now) => takeTry(connection, key, rule, now),
    giveBackTries: async (key, count, until) => giveBackTries(connection, key, count, until),
    clearTries: async (key, knownUntil) => clearTries(connection, key, knownUntil),
    async pruneTries(now, keep) {
      await runUntilDone(connection.statements.pruneTries, now)
      await runUntilDone(connection.statements.pruneSurplusTries, keep)
    },
  }
}

function checkDatabase(database: Partial<SqliteDatabase> | null | undefined): void {
  if (typeof database?.exec !== 'function' || typeof database.prepare !== 'function')
    throw new TypeError(
      'sqliteStore takes an open database, not a file name: new DatabaseSync(FILE) of ' +
        'node:sqlite, or new Database(FILE) of better-sqlite3',
    )
}

/** The database with its prepared statements and its queue of writes. */
class Connection {
  readonly #database: SqliteDatabase
  readonly #commits: GroupCommit
  #statements: Statements | null = null

  constructor(database: SqliteDatabase) {
    this.#database = database
    this.#commits = new GroupCommit(database)
  }

  /** Prepared at the first use: the tables may not exist before `migrate`. */
  get statements(): Statements {
    if (this.#statements === null) {
      // Without write-ahead logging a power cut may damage the file at any other level.
      this.#commits.level = hasWal(this.#database) ? 'NORMAL' : 'FULL'
      this.#database.exec(`PRAGMA synchronous = ${this.#commits.level}`)
      try {
        this.#statements = prepareStatements(this.#database)
      } catch (cause) {
        throw nameMissingTable(cause)
      }
    }
    return this.#statements
  }

  async write<T>(work: (statements: Statements) => T, { durable = false } = {}): Promise<T> {
    const { statements } = this
    return this.#commits.write(() => work(statements), { durable })
  }
}

function nameMissingTable(cause: unknown): unknown {
  const { message } = cause as Error
  return /no such (?:table|column)|has no column/.test(message)
    ? new SetupError(
        `sqliteStore: the schema is missing or old (${message}): ` +
          'call store.migrate() once, before the first use',
        { cause },
      )
    : cause
}

async function create(connection: Connection, session: Session): Promise<void> {
  const values = sessionToValues(session)
  await connection.write((statements) => statements.create.run(...values), { durable: true })
}

function read({ statements }: Connection, id: string): Session | null {
  const row = statements.read.get(idToBytes(id))
  return row === undefined ? null : sessionFromRow(id, rowValues(row) as Row)
}

async function rotate(
  connection: Connection,
  id: string,
  from: Pick<Session, 'generation' | 'issuedAt'>,
  next: Rotation,
): Promise<boolean> {
  const values = [
    next.generation,
    attemptToValue(next.attempt),
    next.issuedAt,
    next.idleEndsAt,
    ...deviceToValues(next.device),
    dayOf(next.idleEndsAt),
    idToBytes(id),
    from.generation,
    from.issuedAt,
  ]
  return connection.write(
    ({ rotate, rotateAndSetDay }) =>
      hasChanged(rotate.run(...values)) || hasChanged(rotateAndSetDay.run(...values)),
  )
}

async function extend(
  connection: Connection,
  id: string,
  generation: number,
  { issuedAt, idleEndsAt }: Pick<Session, 'issuedAt' | 'idleEndsAt'>,
): Promise<boolean> {
  const values = [issuedAt, idleEndsAt, dayOf(idleEndsAt), idToBytes(id), generation]
  return connection.write((statements) => hasChanged(statements.extend.run(...values)))
}

async function endSession(connection: Connection, id: string, end: End): Promise<boolean> {
  const values = [...endToValues(end), idToBytes(id)]
  return connection.write((statements) => hasChanged(statements.end.run(...values)), {
    durable: true,
  })
}

async function endAll(
  connection: Connection,
  identity: string,
  except: string | null,
  end: End,
): Promise<string[]> {
  const values = [...endToValues(end), identity, except && idToBytes(except)]
  const rows = await connection.write((statements) => readRows(statements.endAll, ...values), {
    durable: true,
  })
  return rows.map(([id]) => idFromBytes(id as Uint8Array))
}

function list({ statements }: Connection, identity: string, range: ListRange): Session[] {
  const { createdAt, id: last } = range.after ?? listStart(range)
  const rows = readRows(
    statements[listStatement(range)],
    identity,
    createdAt,
    idToBytes(last) ?? NO_ID,
    range.limit,
  ) as Array<[id: Uint8Array, ...Row]>
  return rows.map(([id, ...row]) => sessionFromRow(idFromBytes(id), row))
}

function endedSince({ statements }: Connection, since: number) {
  const rows = readRows(statements.endedSince, since) as Array<[id: Uint8Array, at: number]>
  return rows.map(([id, at]) => ({ sessionId: idFromBytes(id), at }))
}

async function prune({ statements }: Connection, before: number): Promise<number> {
  const ended = await runUntilDone(statements.pruneEnded, before)
  const idle = await runUntilDone(statements.pruneIdle, dayOf(before), before)
  return ended + idle
}

/**
 * Repeats a statement that deletes a limited number of rows, and lets other calls run in between.
 */
async function runUntilDone(statement: SqliteStatement, ...values: number[]): Promise<number> {
  for (let total = 0; ; await nextTurn()) {
    const deleted = Number(statement.run(...values).changes)
    total += deleted
    if (deleted < PRUNE_LIMIT) return total
  }
}

/** Precedes every id. */
const NO_ID = new Uint8Array()

const readRows = (statement: SqliteStatement, ...values: SqliteValue[]): unknown[][] =>
  statement.all(...values).map(rowValues)

const hasChanged = ({ changes }: { changes: number | bigint }): boolean => Number(changes) > 0
const nextTurn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
