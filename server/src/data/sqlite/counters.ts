import type { DatabaseSync } from 'node:sqlite'
import { activeCounter, delayAfter, type Counter, type Counters } from '../../accounts/throttle.ts'

const SQL = {
  read: `SELECT failures, failed_at AS failedAt, blocked_until AS blockedUntil
    FROM throttle WHERE key = ?`,
  write: 'INSERT OR REPLACE INTO throttle VALUES (?, ?, ?, ?)',
  remove: 'DELETE FROM throttle WHERE key = ?',
  prune: 'DELETE FROM throttle WHERE failed_at < ?',
}

/** Stored in the database: a restart of the server does not reset the counters. */
export function sqliteCounters(connection: DatabaseSync): Counters {
  const read = connection.prepare(SQL.read)
  const write = connection.prepare(SQL.write)
  const remove = connection.prepare(SQL.remove)
  const prune = connection.prepare(SQL.prune)
  const readCounter = (key: string) => (read.get(key) as Counter | undefined) ?? null
  return {
    read: readCounter,
    fail(key, at, rule) {
      const failures = (activeCounter(readCounter(key), at, rule)?.failures ?? 0) + 1
      write.run(key, failures, at, at + delayAfter(failures, rule.free))
    },
    remove: (key) => void remove.run(key),
    prune: (before) => void prune.run(before),
  }
}
