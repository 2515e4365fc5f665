import { DELAYS, type Counters } from '../../accounts/throttle.ts'
import type { Query } from './query.ts'

const SQL = {
  read: 'SELECT failures, failed_at, blocked_until FROM latchkey_throttle WHERE key = $1',
  /**
   * `delayAfter` in SQL: one statement, because several processes count at the same time.
   * $1 key, $2 now, $3 forget after, $4 free failures, $5 first delay, $6 longest delay.
   */
  fail: `INSERT INTO latchkey_throttle AS counter VALUES ($1, 1, $2::bigint, $2::bigint)
    ON CONFLICT (key) DO UPDATE SET (failures, failed_at, blocked_until) = (
      SELECT n, $2::bigint, $2::bigint + CASE WHEN n < $4::int THEN 0
        ELSE least($5::bigint * 2 ^ least(n - $4::int, 40), $6::bigint) END
      FROM (SELECT CASE WHEN $2::bigint - counter.failed_at >= $3::bigint THEN 1
        ELSE counter.failures + 1 END AS n) AS counted)`,
  remove: 'DELETE FROM latchkey_throttle WHERE key = $1',
  prune: 'DELETE FROM latchkey_throttle WHERE failed_at < $1',
}

export function postgresCounters(query: Query): Counters {
  return {
    async read(key) {
      const [row] = await query(SQL.read, key)
      if (row === undefined) return null
      const [failures, failedAt, blockedUntil] = row.map(Number)
      return { failures: failures!, failedAt: failedAt!, blockedUntil: blockedUntil! }
    },
    async fail(key, at, { free, forgetAfter }) {
      await query(SQL.fail, key, at, forgetAfter, free, DELAYS.first, DELAYS.max)
    },
    async remove(key) {
      await query(SQL.remove, key)
    },
    async prune(before) {
      await query(SQL.prune, before)
    },
  }
}
