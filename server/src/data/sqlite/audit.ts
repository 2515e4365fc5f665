import type { DatabaseSync } from 'node:sqlite'
import type { EventTable, StoredEvent } from '../../sessions/audit.ts'

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
  trimAccounts: `DELETE FROM event WHERE id IN (SELECT id FROM event WHERE session_id IS NULL
    ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)`,
  prune: 'DELETE FROM event WHERE at < ?',
}

export function sqliteEvents(connection: DatabaseSync): EventTable {
  const insertSessionEvent = connection.prepare(SQL.insertSessionEvent)
  const insertAccountEvent = connection.prepare(SQL.insertAccountEvent)
  const latest = connection.prepare(SQL.latest)
  const trimSession = connection.prepare(SQL.trimSession)
  const trimAccounts = connection.prepare(SQL.trimAccounts)
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
    trimAccounts: (keep) => void trimAccounts.run(keep),
    prune: (before) => void prune.run(before),
  }
}
