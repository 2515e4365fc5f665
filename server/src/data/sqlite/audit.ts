import type { DatabaseSync } from 'node:sqlite'
import type { EventTable, RecentEvent, StoredEvent } from '../../sessions/audit.ts'

const COLUMNS = 'at, type, generation, detail'

const SQL = {
  insertSessionEvent: `INSERT INTO event (at, type, session_id, identity, generation, detail)
    VALUES (?1, ?2, ?3, ?4,
      COALESCE(?5, (SELECT max(generation) FROM event WHERE session_id = ?3), 0), ?6)
    RETURNING ${COLUMNS}`,
  insertAccountEvent: 'INSERT INTO event (at, type, identity, detail) VALUES (?, ?, ?, ?)',
  latest: `SELECT ${COLUMNS} FROM event WHERE session_id = ?
    ORDER BY at DESC, id DESC LIMIT ?`,
  trimSession: `DELETE FROM event WHERE id IN (SELECT id FROM event WHERE session_id = ?
    ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)`,
  recent: `SELECT at, type, session_id AS sessionId, identity, detail FROM event
    WHERE ?1 IS NULL OR identity = ?1 ORDER BY at DESC, id DESC LIMIT ?2`,
  trimAccount: `DELETE FROM event WHERE id IN (SELECT id FROM event
    WHERE session_id IS NULL AND identity IS ? ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)`,
  prune: 'DELETE FROM event WHERE at < ?',
}

export function sqliteEvents(connection: DatabaseSync): EventTable {
  const insertSessionEvent = connection.prepare(SQL.insertSessionEvent)
  const insertAccountEvent = connection.prepare(SQL.insertAccountEvent)
  const latest = connection.prepare(SQL.latest)
  const trimSession = connection.prepare(SQL.trimSession)
  const recent = connection.prepare(SQL.recent)
  const trimAccount = connection.prepare(SQL.trimAccount)
  const prune = connection.prepare(SQL.prune)
  return {
    insertSessionEvent: ({ at, type, sessionId, identity, generation, detail }) =>
      insertSessionEvent.get(
        at,
        type,
        sessionId,
        identity,
        generation,
        detail,
      ) as unknown as StoredEvent,
    insertAccountEvent: ({ at, type, identity, detail }) =>
      void insertAccountEvent.run(at, type, identity, detail),
    latest: (sessionId, limit) => latest.all(sessionId, limit) as unknown as StoredEvent[],
    trimSession: (sessionId, keep) => void trimSession.run(sessionId, keep),
    recent: (identity, limit) => recent.all(identity, limit) as unknown as RecentEvent[],
    trimAccount: (identity, keep) => void trimAccount.run(identity, keep),
    prune: (before) => void prune.run(before),
  }
}
