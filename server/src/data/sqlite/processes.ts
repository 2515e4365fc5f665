import type { DatabaseSync } from 'node:sqlite'
import { FORGET_AFTER, type Processes } from '../data.ts'

const SQL = {
  report: `INSERT INTO process VALUES (?, ?, ?, ?, ?) ON CONFLICT (id)
    DO UPDATE SET seen_at = excluded.seen_at, has_stopped = excluded.has_stopped`,
  forget: 'DELETE FROM process WHERE seen_at < ?',
  all: 'SELECT id, started_at, seen_at, has_stopped, key_ids FROM process ORDER BY started_at, id',
}

export function sqliteProcesses(connection: DatabaseSync): Processes {
  const report = connection.prepare(SQL.report)
  const forget = connection.prepare(SQL.forget)
  const all = connection.prepare(SQL.all)
  return {
    report({ id, startedAt, seenAt, hasStopped, keyIds }) {
      report.run(id, startedAt, seenAt, Number(hasStopped), JSON.stringify(keyIds))
      forget.run(seenAt - FORGET_AFTER)
    },
    list: () =>
      all.all().map((row) => ({
        id: String(row.id),
        startedAt: Number(row.started_at),
        seenAt: Number(row.seen_at),
        hasStopped: row.has_stopped === 1,
        keyIds: JSON.parse(String(row.key_ids)) as string[],
      })),
  }
}
