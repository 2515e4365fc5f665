import type { EventTable, RecentEvent, StoredEvent } from '../../sessions/audit.ts'
import type { Query } from './query.ts'

const COLUMNS = 'at, type, generation, detail'

const SQL = {
  insertSessionEvent: `INSERT INTO latchkey_event
    (at, type, session_id, identity, generation, detail)
    VALUES ($1, $2, $3, $4, COALESCE($5::bigint,
      (SELECT max(generation) FROM latchkey_event WHERE session_id = $3), 0), $6)
    RETURNING ${COLUMNS}`,
  insertAccountEvent:
    'INSERT INTO latchkey_event (at, type, identity, detail) VALUES ($1, $2, $3, $4)',
  latest: `SELECT ${COLUMNS} FROM latchkey_event WHERE session_id = $1
    ORDER BY at DESC, id DESC LIMIT $2`,
  trimSession: `DELETE FROM latchkey_event WHERE id IN (SELECT id FROM latchkey_event
    WHERE session_id = $1 ORDER BY at DESC, id DESC OFFSET $2)`,
  recent: `SELECT at, type, session_id, identity, detail FROM latchkey_event
    WHERE $1::text IS NULL OR identity = $1 ORDER BY at DESC, id DESC LIMIT $2`,
  trimAccount: `DELETE FROM latchkey_event WHERE id IN (SELECT id FROM latchkey_event
    WHERE session_id IS NULL AND identity IS NOT DISTINCT FROM $1::text
    ORDER BY at DESC, id DESC OFFSET $2)`,
  prune: 'DELETE FROM latchkey_event WHERE at < $1',
}

export function postgresEvents(query: Query): EventTable {
  return {
    async insertSessionEvent({ at, type, sessionId, identity, generation, detail }) {
      const [row] = await query(
        SQL.insertSessionEvent,
        at,
        type,
        sessionId,
        identity,
        generation,
        detail,
      )
      return toEvent(row!)
    },
    async insertAccountEvent({ at, type, identity, detail }) {
      await query(SQL.insertAccountEvent, at, type, identity, detail)
    },
    latest: async (sessionId, limit) => (await query(SQL.latest, sessionId, limit)).map(toEvent),
    async trimSession(sessionId, keep) {
      await query(SQL.trimSession, sessionId, keep)
    },
    recent: async (identity, limit) => (await query(SQL.recent, identity, limit)).map(toRecent),
    async trimAccount(identity, keep) {
      await query(SQL.trimAccount, identity, keep)
    },
    async prune(before) {
      await query(SQL.prune, before)
    },
  }
}

const toEvent = ([at, type, generation, detail]: unknown[]): StoredEvent =>
  ({ at: Number(at), type, generation: Number(generation), detail }) as StoredEvent

const toRecent = ([at, type, sessionId, identity, detail]: unknown[]): RecentEvent =>
  ({ at: Number(at), type, sessionId, identity, detail }) as RecentEvent
