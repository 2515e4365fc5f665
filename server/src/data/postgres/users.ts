import { nameKey } from '../../accounts/usernames.ts'
import { newUser, type User, type Users } from '../../accounts/users.ts'
import type { Query } from './query.ts'

const SELECT = 'SELECT id, username, password_hash, password_version FROM latchkey_user'

const SQL = {
  byName: `${SELECT} WHERE name_key = $1`,
  byId: `${SELECT} WHERE id = $1`,
  insert: `INSERT INTO latchkey_user VALUES ($1, $2, $3, $4, 1, $5)
    ON CONFLICT DO NOTHING RETURNING id`,
  importAll: `INSERT INTO latchkey_user
    SELECT id, username, name_key, password_hash, 1, created_at
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
      AS row (id, username, name_key, password_hash, created_at)
    ON CONFLICT DO NOTHING RETURNING id`,
  changePassword: `UPDATE latchkey_user
    SET password_hash = $1, password_version = password_version + 1
    WHERE id = $2 AND password_version = $3 RETURNING id`,
  rehash: 'UPDATE latchkey_user SET password_hash = $1 WHERE id = $2 AND password_hash = $3',
  any: 'SELECT 1 FROM latchkey_user LIMIT 1',
}

export function postgresUsers(query: Query): Users {
  const find = async (sql: string, value: string) =>
    isStorable(value) ? toUser(await query(sql, value)) : null
  return {
    byName: (username) => find(SQL.byName, nameKey(username)),
    byId: (id) => find(SQL.byId, id),
    async create(username, passwordHash, now) {
      const user = newUser(username, passwordHash)
      const inserted = await query(
        SQL.insert,
        user.id,
        username,
        nameKey(username),
        passwordHash,
        now,
      )
      return inserted.length === 0 ? null : user
    },
    changePassword: async ({ id, passwordVersion }, hash) =>
      (await query(SQL.changePassword, hash, id, passwordVersion)).length > 0,
    async rehash({ id, passwordHash }, hash) {
      await query(SQL.rehash, hash, id, passwordHash)
    },
    async importAll(users) {
      const created = await query(
        SQL.importAll,
        users.map(({ id }) => id),
        users.map(({ username }) => username),
        users.map(({ username }) => nameKey(username)),
        users.map(({ passwordHash }) => passwordHash),
        users.map(({ createdAt }) => createdAt),
      )
      return new Set(created.map(([id]) => String(id)))
    },
    isEmpty: async () => (await query(SQL.any)).length === 0,
  }
}

/** PostgreSQL rejects text with NUL or a lone surrogate. No account has such a name. */
const isStorable = (text: string): boolean => !/[\0\p{Surrogate}]/u.test(text)

function toUser([row]: unknown[][]): User | null {
  if (row === undefined) return null
  const [id, username, passwordHash, passwordVersion] = row
  return {
    id: String(id),
    username: String(username),
    passwordHash: typeof passwordHash === 'string' ? passwordHash : null,
    passwordVersion: Number(passwordVersion),
  }
}
