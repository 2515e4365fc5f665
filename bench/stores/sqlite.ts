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
import { figure, type Report } from '../harness/report.ts'
import { measure, type Measured } from '../harness/rounds.ts'
import { sessionNumber } from './sessions.ts'

const ROWS = 20_000
const CHAINS = 1024
const TOGETHER = 64
/** Concurrent rotations. */
const AT_ONCE = 32

export async function sqlite({ rounds }: { rounds: number }): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const database = new DatabaseSync(join(folder, 'sessions.db'))
  const store = sqliteStore(database)
  store.migrate()
  const chains = await fill(store, database)
  const bytes = bytesPerSession(folder, database)
  const rotations = await measure(
    [
      bareStatement(folder),
      throughTheStore(store, chains, 1),
      throughTheStore(store, chains, AT_ONCE),
    ],
    { rounds, clock: 'wall' },
  )
  const durable = await measure([syncsOfTheDisk(folder), signIns(store, 'sign-ins'), ends(store)], {
    rounds,
    clock: 'wall',
  })
  database.close()
  rmSync(folder, { recursive: true })
  return {
    title: 'SQLite',
    note:
      `${ROWS.toLocaleString('en-US')} sessions; ${CHAINS} of them are rotated at ` +
      `\`synchronous=NORMAL\`. Sign-ins and ends: ${TOGETHER} at once, each on disk ` +
      '(`synchronous=FULL`) before the call returns. Wall time.',
    table: {
      head: ['what', 'per second', '× its limit'],
      rows: [...rotations, ...durable].map(rateOf),
      bars: [...rotations, ...durable].map(({ name, micros }) => [name, 1e6 / micros.median]),
    },
    goals: [
      {
        name: 'rotations one by one, relative to the bare statement',
        value: 1 / rotations[1]!.ratio.median,
        limit: 0.7,
        atLeast: true,
        unit: ' ×',
      },
      {
        name: 'sign-ins, relative to the syncs of the disk',
        value: 1 / durable[1]!.ratio.median,
        limit: 1.5,
        atLeast: true,
        unit: ' ×',
      },
      {
        name: 'ends, relative to the syncs of the disk',
        value: 1 / durable[2]!.ratio.median,
        limit: 1.5,
        atLeast: true,
        unit: ' ×',
      },
      { name: 'bytes on disk for a live session, indexes included', value: bytes, limit: 300 },
    ],
  }
}

const rateOf = ({ name, micros, ratio }: Measured): string[] => [
  name,
  figure(1e6 / micros.median),
  figure(1 / ratio.median),
]

async function fill(store: SqliteStore, database: DatabaseSync): Promise<Session[]> {
  const sessions = Array.from({ length: ROWS }, (_, at) => sessionNumber(at))
  // All at once, so that they share their commits.
  for (let from = 0; from < ROWS; from += 1000)
    await Promise.all(
      sessions.slice(from, from + 1000).map(async (session) => store.create(session)),
    )
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return sessions.slice(0, CHAINS)
}

function bytesPerSession(folder: string, database: DatabaseSync): number {
  database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
  return statSync(join(folder, 'sessions.db')).size / ROWS
}

/** The minimum of a rotation: one update of one small row by key, in a table of the same size. */
function bareStatement(folder: string) {
  const database = new DatabaseSync(join(folder, 'bare.db'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec(
    'CREATE TABLE session (id TEXT PRIMARY KEY, generation INTEGER, attempt TEXT, at INTEGER, ' +
      'idle INTEGER, device TEXT) STRICT, WITHOUT ROWID',
  )
  const insert = database.prepare('INSERT INTO session VALUES (?, 0, NULL, 0, 0, ?)')
  const ids = Array.from({ length: ROWS }, (_, at) => sessionNumber(at).id)
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
    count: CHAINS,
    prepare: () => () => {
      for (let at = 0; at < CHAINS; at++) {
        if (
          update.run(
            generation + 1,
            'AAAAAAAAAAAAAAAAAAAAAA',
            generation,
            generation,
            '{}',
            ids[at]!,
            generation,
          ).changes !== 1
        )
          throw new Error('not rotated')
      }
      generation++
    },
  }
}

function throughTheStore(store: SqliteStore, chains: Session[], atOnce: number) {
  const rotate = async (row: Session, at: number): Promise<void> => {
    const next = {
      generation: row.generation + 1,
      attempt: 'AAAAAAAAAAAAAAAAAAAAAA',
      issuedAt: row.issuedAt + 1,
      idleEndsAt: row.idleEndsAt + 1,
      device: row.device,
    }
    if (!(await store.rotate(row.id, row, next))) throw new Error('not rotated')
    chains[at] = { ...row, ...next }
  }
  const lane = async (first: number): Promise<void> => {
    for (let at = first; at < CHAINS; at += atOnce) await rotate(chains[at]!, at)
  }
  return {
    name: `Latchkey: \`rotate\` of the store, ${atOnce === 1 ? 'one by one' : `${atOnce} at once`}`,
    count: CHAINS,
    prepare: () => async () =>
      Promise.all(Array.from({ length: atOnce }, async (_, first) => lane(first))),
  }
}

/** Appends and syncs as much as one commit does: the limit for durable commits one by one. */
function syncsOfTheDisk(folder: string) {
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

let made = ROWS

function signIns(store: SqliteStore, what: string) {
  return {
    name: `Latchkey: ${what}, ${TOGETHER} at once`,
    count: TOGETHER * 8,
    prepare() {
      const sessions = Array.from({ length: TOGETHER * 8 }, () => sessionNumber(made++))
      return () => inTurns(sessions, async (session) => store.create(session))
    },
  }
}

function ends(store: SqliteStore) {
  return {
    name: `Latchkey: ends, ${TOGETHER} at once`,
    count: TOGETHER * 8,
    prepare() {
      const sessions = Array.from({ length: TOGETHER * 8 }, (_, at) => sessionNumber(made - 1 - at))
      return () =>
        inTurns(sessions, async ({ id }) =>
          store.end(id, { at: Date.now(), reason: 'signed-out', details: null }),
        )
    },
  }
}

async function inTurns(
  sessions: Session[],
  verb: (session: Session) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < sessions.length; from += TOGETHER)
    await Promise.all(sessions.slice(from, from + TOGETHER).map(verb))
}
