import type { DatabaseSync } from 'node:sqlite'
import { nameKey } from '../../accounts/usernames.ts'
import { newUser, type ImportedUser, type User, type Users } from '../../accounts/users.ts'

const SELECT = `SELECT id, username, password_hash AS passwordHash,
  password_version AS passwordVersion FROM user`

const SQL = {
  byName: `${SELECT} WHERE name_key = ?`,
  byId: `${SELECT} WHERE id = ?`,
  insert: 'INSERT INTO user VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (name_key) DO NOTHING',
  import: 'INSERT INTO user VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT DO NOTHING',
  changePassword: `UPDATE user SET password_hash = ?, password_version = password_version + 1
    WHERE id = ? AND password_version = ?`,
  rehash: 'UPDATE user SET password_hash = ? WHERE id = ? AND password_hash = ?',
  any: 'SELECT 1 FROM user LIMIT 1',
}

export function sqliteUsers(connection: DatabaseSync): Users {
  const byName = connection.prepare(SQL.byName)
  const byId = connection.prepare(SQL.byId)
  const insert = connection.prepare(SQL.insert)
  const importOne = connection.prepare(SQL.import)
  const changePassword = connection.prepare(SQL.changePassword)
  const rehash = connection.prepare(SQL.rehash)
  const any = connection.prepare(SQL.any)
  return {
    byName: (username) => toUser(byName.get(nameKey(username))),
    byId: (id) => toUser(byId.get(id)),
    create(username, passwordHash, now) {
      const user = newUser(username, passwordHash)
      const { changes } = writeDurably(connection, () =>
        insert.run(user.id, username, nameKey(username), passwordHash, now),
      )
      return changes === 0 ? null : user
    },
    changePassword: ({ id, passwordVersion }, hash) =>
      writeDurably(connection, () => changePassword.run(hash, id, passwordVersion)).changes !== 0,
    rehash: ({ id, passwordHash }, hash) => void rehash.run(hash, id, passwordHash),
    importAll: (users) =>
      writeDurably(connection, () =>
        inTransaction(connection, () => {
          const created = users.filter((user) => importOne.run(...rowOf(user)).changes !== 0)
          return new Set(created.map(({ id }) => id))
        }),
      ),
    isEmpty: () => any.get() === undefined,
  }
}

const rowOf = ({ id, username, passwordHash, createdAt }: ImportedUser) =>
  [id, username, nameKey(username), passwordHash, createdAt] as const

const toUser = (row: unknown): User | null => (row === undefined ? null : { ...(row as User) })

function inTransaction<T>(connection: DatabaseSync, write: () => T): T {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = write()
    connection.exec('COMMIT')
    return result
  } catch (error) {
    connection.exec('ROLLBACK')
    throw error
  }
}

/**
 * Runs one write that is on disk on return. The session store leaves the connection at
 * `synchronous = NORMAL`, which may lose the last transactions in a power failure.
 */
function writeDurably<T>(connection: DatabaseSync, write: () => T): T {
  connection.exec('PRAGMA synchronous = FULL')
  try {
    return write()
  } finally {
    connection.exec('PRAGMA synchronous = NORMAL')
  }
}
