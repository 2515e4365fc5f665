import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Session } from 'latchkey'
import { sqliteStore, type SqliteStore } from 'latchkey/stores/sqlite'
import { figure, type Goal, type Report } from '../harness/report.ts'
import { measure, type Case, type Measured } from '../harness/rounds.ts'
import { numberedSession } from './numbered-session.ts'
import { createAll, rotate } from './rotations.ts'

const ROWS = 20_000
/** Sessions that are rotated. */
const ROTATED = 1024
/** Concurrent sign-ins, and ends. */
const TOGETHER = 64
/** Concurrent rotations. */
const AT_ONCE = 32

/** Rotations, sign-ins and ends per second in SQLite, and the size of a session. */
export async function sqlite({ rounds }: { rounds: number }): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const database = new DatabaseSync(join(folder, 'sessions.db'))
  const store = sqliteStore(database)
  store.migrate()
  const sessions = await fill(store, database)
  const bytes = bytesPerSession(folder, database)
  const options = { rounds, clock: 'wall' } as const
  const rotations = await measure(
    [
      bareStatement(folder),
      storeRotations(store, sessions, 1),
      storeRotations(store, sessions, AT_ONCE),
    ],
    options,
  )
  const durable = await measure([diskSyncs(folder), signIns(store), ends(store)], options)
  database.close()
  rmSync(folder, { recursive: true })
  const all = [...rotations, ...durable]
  return {
    title: 'SQLite',
    note:
      `${ROWS.toLocaleString('en-US')} sessions; ${ROTATED} of them are rotated at ` +
      `\`synchronous=NORMAL\`. Sign-ins and ends: ${TOGETHER} at once, each on disk ` +
      '(`synchronous=FULL`) before the call returns. Wall time.',
    table: {
      head: ['what', 'per second', '× its limit'],
      rows: all.map(rowOf),
      bars: all.map(({ name, micros }) => [name, 1e6 / micros.median]),
    },
    goals: [
      goal('rotations one by one, relative to the bare statement', rotations[1]!, 0.7),
      goal('sign-ins, relative to the syncs of the disk', durable[1]!, 1.5),
      goal('ends, relative to the syncs of the disk', durable[2]!, 1.5),
      { name: 'bytes on disk for a live session, indexes included', value: bytes, limit: 300 },
    ],
  }
}

/** A rate relative to its limit. `ratio` is of times, so it is the inverse. */
const goal = (name: string, { ratio }: Measured, limit: number): Goal => ({
  name,
  value: 1 / ratio.median,
  limit,
  atLeast: true,
  unit: ' ×',
})

const rowOf = ({ name, micros, ratio }: Measured): string[] => [
  name,
  figure(1e6 / micros.median),
  figure(1 / ratio.median),
]

async function fill(store: SqliteStore, database: DatabaseSync): Promise<Session[]> {
  const sessions = Array.from({ length: ROWS }, (_, at) => numberedSession(at))
  // Many at once, which share one commit.
  await createAll(store, sessions, 1000)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return sessions.slice(0, ROTATED)
}

function bytesPerSession(folder: string, database: DatabaseSync): number {
  database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
  return statSync(join(folder, 'sessions.db')).size / ROWS
}

/** The minimum of a rotation: one update of one small row by key, in a table of the same size. */
function bareStatement(folder: string): Case {
  const database = new DatabaseSync(join(folder, 'bare.db'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec(
    'CREATE TABLE session (id TEXT PRIMARY KEY, generation INTEGER, attempt TEXT, at INTEGER, ' +
      'idle INTEGER, device TEXT) STRICT, WITHOUT ROWID',
  )
  const insert = database.prepare('INSERT INTO session VALUES (?, 0, NULL, 0, 0, ?)')
  const ids = Array.from({ length: ROWS }, (_, at) => numberedSession(at).id)
  database.exec('BEGIN')
  for (const id of ids) insert.run(id, '{}')
  database.exec('COMMIT')
  const update = database.prepare(
    'UPDATE session SET generation = ?, attempt = ?, at = ?, idle = ?, device = ? WHERE id = ' +
      '? AND generation = ?',
  )
  let generation = 0
  return {
    name: 'rotation: the bare statement, one by one',
    count: ROTATED,
    prepare: () => () => {
      for (let at = 0; at < ROTATED; at++) {
        const values = [generation + 1, 'AAAAAAAAAAAAAAAAAAAAAA', generation, generation, '{}']
        if (update.run(...values, ids[at]!, generation).changes !== 1)
          throw new Error('not rotated')
      }
      generation++
    },
  }
}

function storeRotations(store: SqliteStore, sessions: Session[], atOnce: number): Case {
  /** One concurrent caller, with sessions of its own. */
  const caller = async (first: number): Promise<void> => {
    for (let at = first; at < ROTATED; at += atOnce)
      sessions[at] = await rotate(store, sessions[at]!)
  }
  return {
    name: `Latchkey: \`rotate\` of the store, ${atOnce === 1 ? 'one by one' : `${atOnce} at once`}`,
    count: ROTATED,
    prepare: () => async () =>
      Promise.all(Array.from({ length: atOnce }, async (_, first) => caller(first))),
  }
}

/** Appends and syncs as much as one commit does: the limit for durable commits one by one. */
function diskSyncs(folder: string): Case {
  const block = Buffer.alloc(12 * 1024, 1)
  return {
    name: 'durable: 12 KiB and a sync, one by one',
    count: 64,
    prepare() {
      const file = openSync(join(folder, 'syncs'), 'w')
      return () => {
        for (let at = 0; at < 64; at++) {
          writeSync(file, block)
          fdatasyncSync(file)
        }
        closeSync(file)
      }
    },
  }
}

/** The number of the next session to create. */
let nextNumber = ROWS

function signIns(store: SqliteStore): Case {
  return {
    name: `Latchkey: sign-ins, ${TOGETHER} at once`,
    count: TOGETHER * 8,
    prepare() {
      const sessions = Array.from({ length: TOGETHER * 8 }, () => numberedSession(nextNumber++))
      return () => inBatches(sessions, async (session) => store.create(session))
    },
  }
}

/** Ends the sessions that `signIns` has created in the same round. */
function ends(store: SqliteStore): Case {
  return {
    name: `Latchkey: ends, ${TOGETHER} at once`,
    count: TOGETHER * 8,
    prepare() {
      const sessions = Array.from({ length: TOGETHER * 8 }, (_, at) =>
        numberedSession(nextNumber - 1 - at),
      )
      return () =>
        inBatches(sessions, async ({ id }) =>
          store.end(id, { at: Date.now(), reason: 'signed-out', details: null }),
        )
    },
  }
}

async function inBatches(
  sessions: Session[],
  work: (session: Session) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < sessions.length; from += TOGETHER)
    await Promise.all(sessions.slice(from, from + TOGETHER).map(work))
}
