import type { DatabaseSync } from 'node:sqlite'
import type { KeyRegistry } from '../data.ts'

const SQL = {
  all: 'SELECT fingerprint FROM key',
  // If two processes start on an empty table, one insert wins and the other process is refused.
  insertFirst: 'INSERT INTO key SELECT ? WHERE NOT EXISTS (SELECT 1 FROM key)',
  insert: 'INSERT INTO key VALUES (?) ON CONFLICT DO NOTHING',
  removeOthers: 'DELETE FROM key WHERE fingerprint NOT IN (SELECT value FROM json_each(?))',
}

export function sqliteKeyRegistry(connection: DatabaseSync): KeyRegistry {
  const all = connection.prepare(SQL.all)
  const insertFirst = connection.prepare(SQL.insertFirst)
  const insert = connection.prepare(SQL.insert)
  const removeOthers = connection.prepare(SQL.removeOthers)
  return {
    isEmpty: () => all.get() === undefined,
    register(fingerprints) {
      insertFirst.run(fingerprints[0]!)
      const known = new Set(all.all().map(({ fingerprint }) => fingerprint))
      if (!fingerprints.some((fingerprint) => known.has(fingerprint))) return false
      for (const fingerprint of fingerprints) insert.run(fingerprint)
      return true
    },
    replace(fingerprints) {
      for (const fingerprint of fingerprints) insert.run(fingerprint)
      removeOthers.run(JSON.stringify(fingerprints))
    },
  }
}
