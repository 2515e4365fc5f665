import { FORGET_AFTER, type Processes } from '../data.ts'
import type { Query } from './query.ts'

const SQL = {
  report: `INSERT INTO latchkey_process VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id)
    DO UPDATE SET seen_at = excluded.seen_at, has_stopped = excluded.has_stopped`,
  forget: 'DELETE FROM latchkey_process WHERE seen_at < $1',
  all: `SELECT id, started_at, seen_at, has_stopped, key_ids FROM latchkey_process
    ORDER BY started_at, id`,
}

export function postgresProcesses(query: Query): Processes {
  return {
    async report({ id, startedAt, seenAt, hasStopped, keyIds }) {
      await query(SQL.report, id, startedAt, seenAt, hasStopped, keyIds)
      await query(SQL.forget, seenAt - FORGET_AFTER)
    },
    list: async () =>
      (await query(SQL.all)).map(([id, startedAt, seenAt, hasStopped, keyIds]) => ({
        id: String(id),
        startedAt: Number(startedAt),
        seenAt: Number(seenAt),
        hasStopped: hasStopped === true,
        keyIds: keyIds as string[],
      })),
  }
}
