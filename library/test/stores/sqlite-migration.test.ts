import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { sqliteStore } from '../../src/stores/sqlite.ts'
import {
  DAY,
  endAt,
  newId,
  NOW,
  rotationTo,
  sessionWith,
} from '../../src/testing/store-cases/case.ts'
import type { Session } from '../../src/core/store.ts'
import { temporaryFile } from './sqlite-file.ts'

/** The table as version 0.1 made it. */
const OLD = `
CREATE TABLE latchkey_session (
  id TEXT NOT NULL PRIMARY KEY, identity TEXT NOT NULL, generation INTEGER NOT NULL, attempt TEXT, used INTEGER NOT NULL,
  issued_at INTEGER NOT NULL, created_at INTEGER NOT NULL, idle_ends_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
  rotates INTEGER NOT NULL, claims TEXT NOT NULL, device TEXT NOT NULL, ended_at INTEGER, end_reason TEXT, end_story TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_session_identity ON latchkey_session (identity, created_at);
CREATE INDEX latchkey_session_ended ON latchkey_session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX latchkey_session_idle_end ON latchkey_session (idle_ends_at);`

function writeOld(database: DatabaseSync, sessions: Session[]): void {
  const write = database.prepare(
    'INSERT INTO latchkey_session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  database.exec('BEGIN')
  for (const {
    id,
    identity,
    generation,
    attempt,
    used,
    issuedAt,
    createdAt,
    idleEndsAt,
    endsAt,
    rotates,
    claims,
    device,
    end,
  } of sessions) {
    const details = end?.details ? JSON.stringify(end.details) : null
    const flags = [Number(used), issuedAt, createdAt, idleEndsAt, endsAt, Number(rotates)]
    write.run(
      id,
      identity,
      generation,
      attempt,
      ...flags,
      JSON.stringify(claims),
      JSON.stringify(device),
      end?.at ?? null,
      end?.reason ?? null,
      details,
    )
  }
  database.exec('COMMIT')
}

const SESSIONS = [
  sessionWith({
    createdAt: NOW + 5,
    generation: 3,
    attempt: newId(),
    used: true,
    device: { userAgent: 'x', address: '192.0.2.1' },
    claims: { 名: [1] },
  }),
  sessionWith({ createdAt: NOW + 4, rotates: false, device: { address: '::1' } }),
  sessionWith({
    createdAt: NOW + 3,
    end: endAt(NOW + 9, {
      reason: 'reused',
      details: { presented: 0, current: 2, after: 1, device: {}, holder: { userAgent: 'y' } },
    }),
  }),
  sessionWith({ createdAt: NOW + 2, end: endAt(NOW + 9) }),
  ...Array.from({ length: 2500 }, (_, index) =>
    sessionWith({ createdAt: NOW - index, identity: 'bob' }),
  ),
]

test('a table of version 0.1 is brought to today’s shape with all that is in it, once', async () => {
  using file = temporaryFile()
  const database = new DatabaseSync(file.path)
  database.exec(OLD)
  writeOld(database, SESSIONS)
  const store = sqliteStore(database)
  for (let times = 0; times < 2; times++) {
    store.migrate()
    expect(await store.list('ada')).toEqual(SESSIONS.slice(0, 4))
    expect(await store.list('bob')).toEqual(SESSIONS.slice(4))
  }
  expect(await store.rotate(SESSIONS[0]!.id, SESSIONS[0]!, rotationTo(4))).toBe(true)
  expect(await store.end(SESSIONS[2]!.id, endAt(NOW + 20))).toBe(false)
  expect(await store.prune(NOW + 31 * DAY)).toBe(2504)
  expect(database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE '%old%'").all()).toEqual(
    [],
  )
  database.close()
})

test('a migration that cannot be finished leaves the old table as it was', () => {
  using file = temporaryFile()
  const database = new DatabaseSync(file.path)
  database.exec(OLD)
  writeOld(database, [SESSIONS[0]!, { ...SESSIONS[1]!, id: 'not an id of ours' }])
  expect(() => sqliteStore(database).migrate()).toThrow(TypeError)
  expect(database.prepare('SELECT count(*) AS rows FROM latchkey_session').get()).toEqual({
    rows: 2,
  })
  expect(database.isTransaction).toBe(false)
  database.close()
})
