import { readImportedHash } from './imported-hashes.ts'
import { usernameProblem } from './usernames.ts'
import { randomUserId, type ImportedUser } from './users.ts'

/** Longest line, in UTF-16 code units. */
const MAX_LENGTH = 16 * 1024

const MEMBERS = ['username', 'password_hash', 'id', 'created_at']

const ID = /^[\w.:-]{1,64}$/

/** `reason` has no secret. */
export type ImportLine =
  { ok: true; user: ImportedUser; hasOwnId: boolean } | { ok: false; reason: string }

const refuse = (reason: string): ImportLine => ({ ok: false, reason })

/**
 * Reads one line of a file of accounts: a JSON object with `username`, `password_hash` (null if
 * there is no password) and, optional, `id` and `created_at`. `now` is in milliseconds since 1970.
 */
export function readImportLine(line: string, now: number): ImportLine {
  const row = parseObject(line)
  if (row === null) return refuse('is not a JSON object of at most 16 KiB')
  const unknown = Object.keys(row).find((member) => !MEMBERS.includes(member))
  if (unknown !== undefined) return refuse(`has a member that is not one of ${MEMBERS.join(', ')}`)
  const { username, password_hash: passwordHash, id, created_at: createdAt } = row
  if (typeof username !== 'string') return refuse('"username" must be a string')
  const reason = nameReason(username) ?? hashReason(passwordHash)
  if (reason !== null) return refuse(reason)
  const ownId = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id
  if (ownId !== undefined && (typeof ownId !== 'string' || !ID.test(ownId)))
    return refuse('"id" must be a whole number, or 1 to 64 letters, digits and . : _ -')
  const time = createdAt === undefined ? now : readTime(createdAt)
  if (time === null) return refuse('"created_at" must be a time such as 2026-01-31T12:00:00Z')
  return {
    ok: true,
    hasOwnId: ownId !== undefined,
    user: {
      id: ownId ?? randomUserId(),
      username,
      passwordHash: passwordHash as string | null,
      createdAt: time,
    },
  }
}

function parseObject(line: string): Record<string, unknown> | null {
  if (line.length > MAX_LENGTH) return null
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** Reserved names are allowed: the operator runs the import. */
function nameReason(username: string): string | null {
  const code = usernameProblem(username)
  if (code === 'username_invalid')
    return '"username" must have 1 to 64 visible characters and no space at either end'
  return code === 'username_mixed' ? '"username" must have letters of one script only' : null
}

function hashReason(passwordHash: unknown): string | null {
  if (passwordHash === null) return null
  if (typeof passwordHash !== 'string')
    return '"password_hash" must be a string, or null if the account has no password'
  const hash = readImportedHash(passwordHash)
  if (hash === null) return '"password_hash" has an unknown form'
  return hash.isTooCostly ? '"password_hash" would take too long to verify' : null
}

/** Returns milliseconds since 1970, or null. */
function readTime(text: unknown): number | null {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : time
}
