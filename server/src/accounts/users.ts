import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { durably } from '../data/sqlite/durably.ts'
import { nameKey } from './usernames.ts'

/** A database may answer at once or later. */
export type Awaitable<T> = T | Promise<T>

export interface User {
  /** Random: the identity of the sessions. It stays the same whatever the name becomes. */
  id: string
  /** As its owner wrote it. */
  username: string
  passwordHash: string
  /** Goes up with each new password; a hash that is only made anew leaves it. */
  passwordVersion: number
}

export interface Users {
  byName(username: string): Awaitable<User | null>
  byId(id: string): Awaitable<User | null>
  /** Null where the name is taken. On disk before it returns. */
  create(username: string, passwordHash: string, now: number): Awaitable<User | null>
  /** Compare-and-set: false where the password was changed since `user` was read. On disk before it returns. */
  changePassword(user: User, passwordHash: string): Awaitable<boolean>
  /** A new hash of the same password, unless the hash was changed since `user` was read. */
  renewHash(user: User, passwordHash: string): Awaitable<void>
  isEmpty(): Awaitable<boolean>
}

const COLUMNS =
  'SELECT id, username, password_hash AS passwordHash, password_version AS passwordVersion FROM user'

const one = (row: unknown): User | null => (row === undefined ? null : { ...(row as User) })

/** The accounts. Throws what the database throws. */
export function createUsers(connection: DatabaseSync): Users {
  const byName = connection.prepare(`${COLUMNS} WHERE name_key = ?`)
  const byId = connection.prepare(`${COLUMNS} WHERE id = ?`)
  const insert = connection.prepare(
    'INSERT INTO user VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (name_key) DO NOTHING',
  )
  const change = connection.prepare(
    'UPDATE user SET password_hash = ?, password_version = password_version + 1 WHERE id = ? AND password_version = ?',
  )
  const renew = connection.prepare(
    'UPDATE user SET password_hash = ? WHERE id = ? AND password_hash = ?',
  )
  const any = connection.prepare('SELECT 1 FROM user LIMIT 1')
  return {
    byName: (username) => one(byName.get(nameKey(username))),
    byId: (id) => one(byId.get(id)),
    create(username, passwordHash, now) {
      const id = randomBytes(16).toString('base64url')
      const { changes } = durably(connection, () =>
        insert.run(id, username, nameKey(username), passwordHash, now),
      )
      return changes === 0 ? null : { id, username, passwordHash, passwordVersion: 1 }
    },
    changePassword: ({ id, passwordVersion }, hash) =>
      durably(connection, () => change.run(hash, id, passwordVersion)).changes !== 0,
    renewHash: ({ id, passwordHash }, hash) => void renew.run(hash, id, passwordHash),
    isEmpty: () => any.get() === undefined,
  }
}
