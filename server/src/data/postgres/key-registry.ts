import type { KeyRegistry } from '../data.ts'
import type { Query } from './query.ts'

const SQL = {
  all: 'SELECT fingerprint FROM latchkey_key',
  // If two processes start on an empty table, one insert wins and the other process is refused.
  insertFirst: `INSERT INTO latchkey_key SELECT $1 WHERE NOT EXISTS (SELECT FROM latchkey_key)`,
  insertAll: 'INSERT INTO latchkey_key SELECT unnest($1::text[]) ON CONFLICT DO NOTHING',
  removeOthers: 'DELETE FROM latchkey_key WHERE fingerprint <> ALL ($1::text[])',
}

export function postgresKeyRegistry(query: Query): KeyRegistry {
  const registered = async () =>
    new Set((await query(SQL.all)).map(([fingerprint]) => String(fingerprint)))
  return {
    isEmpty: async () => (await registered()).size === 0,
    async register(fingerprints) {
      await query(SQL.insertFirst, fingerprints[0])
      const known = await registered()
      if (!fingerprints.some((fingerprint) => known.has(fingerprint))) return false
      await query(SQL.insertAll, fingerprints)
      return true
    },
    async replace(fingerprints) {
      await query(SQL.insertAll, fingerprints)
      await query(SQL.removeOthers, fingerprints)
    },
  }
}
